//! What is refused writes nothing.
use proto::storage as pb;
use tonic::Code;

use crate::support::{Storage, refused, wrong_fields};

#[tokio::test]
async fn names_that_are_blank_or_too_long_are_refused_for_their_field() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "x").await;
    let head = storage.head().await;
    for name in ["", " \t\n", &"é".repeat(501)] {
        let create = pb::CreateTaskRequest {
            name: name.to_owned(),
            profile_id: Some(profile.id),
        };
        assert_eq!(
            wrong_fields(storage.tasks().create_task(create).await),
            ["name"]
        );
        let update = pb::UpdateTaskRequest {
            id: Some(task.id),
            name: Some(name.to_owned()),
            done: Some(true),
            ..Default::default()
        };
        assert_eq!(
            wrong_fields(storage.tasks().update_task(update).await),
            ["name"]
        );
        let create = pb::CreateProfileRequest {
            name: name.to_owned(),
            code: "c".repeat(501),
            ..Default::default()
        };
        let created = storage.profiles().create_profile(create).await;
        assert_eq!(wrong_fields(created), ["name", "code"]);
    }
    assert_eq!(storage.head().await, head);
    assert_eq!(storage.all_tasks().await, [task]);
}

#[tokio::test]
async fn a_request_without_its_number_is_refused_for_that_field() {
    let storage = Storage::start().await;
    let (mut tasks, mut profiles) = (storage.tasks(), storage.profiles());
    let mut messages = storage.messages();
    let fields = [
        wrong_fields(tasks.get_task(pb::GetTaskRequest::default()).await),
        wrong_fields(tasks.update_task(pb::UpdateTaskRequest::default()).await),
        wrong_fields(tasks.toggle_task(pb::ToggleTaskRequest::default()).await),
        wrong_fields(tasks.delete_task(pb::DeleteTaskRequest::default()).await),
        wrong_fields(profiles.get_profile(pb::GetProfileRequest::default()).await),
        wrong_fields(
            profiles
                .delete_profile(pb::DeleteProfileRequest::default())
                .await,
        ),
        wrong_fields(messages.get_message(pb::GetMessageRequest::default()).await),
        wrong_fields(
            messages
                .delete_message(pb::DeleteMessageRequest::default())
                .await,
        ),
    ];
    assert!(fields.iter().all(|fields| fields == &["id"]), "{fields:?}");
    let undo = storage
        .changes()
        .undo_changes(pb::UndoChangesRequest::default())
        .await;
    assert_eq!(wrong_fields(undo), ["group"]);
}

#[tokio::test]
async fn numbers_that_are_not_there_are_named() {
    let storage = Storage::start().await;
    storage.profile("a").await;
    let id = Some(7);
    let not_found = |name: &str| (Code::NotFound, format!("no {name} 7"));
    let (mut tasks, mut profiles) = (storage.tasks(), storage.profiles());
    let get = tasks.get_task(pb::GetTaskRequest { id }).await;
    assert_eq!(refused(get), not_found("task"));
    let toggle = tasks.toggle_task(pb::ToggleTaskRequest { id, done: None });
    assert_eq!(refused(toggle.await), not_found("task"));
    let get = profiles.get_profile(pb::GetProfileRequest { id }).await;
    assert_eq!(refused(get), not_found("profile"));
    let get = storage
        .messages()
        .get_message(pb::GetMessageRequest { id })
        .await;
    assert_eq!(refused(get), not_found("message"));
    assert_eq!(refused(storage.undo(7).await), not_found("group"));
    let create = pb::CreateTaskRequest {
        name: "x".to_owned(),
        profile_id: id,
    };
    assert_eq!(
        wrong_fields(tasks.create_task(create).await),
        ["profile_id"]
    );
    assert_eq!(storage.head().await, 1);
}

#[tokio::test]
async fn pages_outside_the_rules_are_refused() {
    let storage = Storage::start().await;
    let list = async |page_size, page_token: &str| {
        let request = pb::ListTasksRequest {
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        wrong_fields(storage.tasks().list_tasks(request).await)
    };
    assert_eq!(list(1001, "").await, ["page_size"]);
    assert_eq!(list(-1, "nonsense").await, ["page_size", "page_token"]);
    let id_alone = pb::ListChangesRequest {
        id: "1".to_owned(),
        page_size: -1,
        ..Default::default()
    };
    let listed = storage.changes().list_changes(id_alone).await;
    assert_eq!(wrong_fields(listed), ["id", "page_size"]);
}
