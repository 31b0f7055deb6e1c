use proto::storage as pb;
use tonic::Code;

use crate::support::{Storage, ok, refused, wrong_fields};

async fn names(storage: &Storage, active: Option<bool>) -> Vec<String> {
    let request = pb::ListProfilesRequest {
        active,
        ..Default::default()
    };
    let listed = ok(storage.profiles().list_profiles(request).await).profiles;
    listed.into_iter().map(|profile| profile.name).collect()
}

#[tokio::test]
async fn a_new_profile_is_active_and_last_in_the_menu() {
    let storage = Storage::start().await;
    storage.profile("a").await;
    let request = pb::CreateProfileRequest {
        name: " Acme Ltd ".to_owned(),
        menu_name: "A".to_owned(),
        address: "https://acme.example".to_owned(),
        code: "de".to_owned(),
    };
    let created = ok(storage.profiles().create_profile(request).await);
    let wanted = pb::Profile {
        id: 2,
        name: "Acme Ltd".to_owned(),
        menu_name: "A".to_owned(),
        address: "https://acme.example".to_owned(),
        code: "de".to_owned(),
        active: true,
        priority: 2,
        task_count: 0,
    };
    assert_eq!((created.profile, created.change_group), (Some(wanted), 2));
    assert_eq!(names(&storage, None).await, ["a", "Acme Ltd"]);
}

#[tokio::test]
async fn an_edit_touches_only_the_fields_it_names() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    storage.task(profile.id, "x").await;
    let request = pb::UpdateProfileRequest {
        id: Some(profile.id),
        code: Some("fr".to_owned()),
        active: Some(false),
        ..Default::default()
    };
    let edited = ok(storage.profiles().update_profile(request).await).profile;
    let wanted = pb::Profile {
        code: "fr".to_owned(),
        active: false,
        task_count: 1,
        ..profile.clone()
    };
    assert_eq!(edited, Some(wanted.clone()));
    let get = pb::GetProfileRequest {
        id: Some(profile.id),
    };
    assert_eq!(
        ok(storage.profiles().get_profile(get).await).profile,
        Some(wanted)
    );
}

#[tokio::test]
async fn a_hidden_profile_is_listed_apart() {
    let storage = Storage::start().await;
    storage.profile("seen").await;
    let hidden = storage.profile("hidden").await;
    let request = pb::ToggleProfileRequest {
        id: Some(hidden.id),
        active: None,
    };
    ok(storage.profiles().toggle_profile(request).await);
    assert_eq!(names(&storage, Some(true)).await, ["seen"]);
    assert_eq!(names(&storage, Some(false)).await, ["hidden"]);
}

#[tokio::test]
async fn profiles_are_sorted_and_counted() {
    let storage = Storage::start().await;
    for name in ["a", "b", "c"] {
        let profile = storage.profile(name).await;
        for n in 1..profile.id {
            storage.task(profile.id, &format!("task {n}")).await;
        }
    }
    let request = pb::SortProfilesRequest { ids: vec![3, 1] };
    assert_ne!(
        ok(storage.profiles().sort_profiles(request).await).change_group,
        0
    );
    let list = pb::ListProfilesRequest::default();
    let listed = ok(storage.profiles().list_profiles(list).await).profiles;
    let seen: Vec<_> = listed
        .iter()
        .map(|profile| (profile.name.as_str(), profile.task_count))
        .collect();
    assert_eq!(seen, [("c", 2), ("b", 1), ("a", 0)]);

    let unknown = pb::SortProfilesRequest { ids: vec![1, 9] };
    assert_eq!(
        wrong_fields(storage.profiles().sort_profiles(unknown).await),
        ["ids"]
    );
}

#[tokio::test]
async fn a_profile_with_tasks_is_kept_unless_they_go_with_it() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    storage.task(profile.id, "x").await;
    let delete = async |cascade| {
        let request = pb::DeleteProfileRequest {
            id: Some(profile.id),
            cascade,
        };
        storage.profiles().delete_profile(request).await
    };
    let head = storage.head().await;
    assert_eq!(refused(delete(false).await).0, Code::FailedPrecondition);
    assert_eq!(storage.head().await, head);

    ok(delete(true).await);
    assert_eq!(names(&storage, None).await.len(), 0);
    assert_eq!(storage.all_tasks().await.len(), 0);
    assert_eq!(
        refused(delete(true).await),
        (Code::NotFound, "no profile 1".to_owned())
    );
}
