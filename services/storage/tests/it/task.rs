use proto::storage as pb;
use tonic::Code;

use crate::support::{Storage, ok, refused, wrong_fields};

#[tokio::test]
async fn a_new_task_goes_to_the_end_of_its_profiles_list_and_is_not_done() {
    let storage = Storage::start().await;
    let (a, b) = (storage.profile("a").await, storage.profile("b").await);
    storage.task(a.id, "one").await;
    storage.task(b.id, "other").await;
    let task = storage.task(a.id, "  two ").await;
    assert_eq!(
        (
            task.name.as_str(),
            task.done,
            task.priority,
            task.profile_id
        ),
        ("two", false, 2, a.id)
    );
    let read = ok(storage
        .tasks()
        .get_task(pb::GetTaskRequest { id: Some(task.id) })
        .await);
    assert_eq!(read.task, Some(task));
}

#[tokio::test]
async fn a_task_without_a_profile_goes_to_the_one_that_is_picked() {
    let storage = Storage::start().await;
    let create = async || {
        let request = pb::CreateTaskRequest {
            name: "x".to_owned(),
            profile_id: None,
        };
        let created = storage.tasks().create_task(request).await;
        created.map(|answer| answer.into_inner().task.expect("a task").profile_id)
    };
    let no_profile = (
        Code::FailedPrecondition,
        "no profile yet: create one first".to_owned(),
    );
    assert_eq!(refused(create().await), no_profile);

    let (first, second) = (storage.profile("1").await, storage.profile("2").await);
    assert_eq!(create().await.expect("first"), first.id);
    storage.set("last_profile_id", &second.id.to_string()).await;
    assert_eq!(create().await.expect("picked"), second.id);
    storage.set("last_profile_id", "99").await;
    assert_eq!(create().await.expect("first again"), first.id);
}

#[tokio::test]
async fn renaming_keeps_done() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "old").await;
    let id = Some(task.id);
    let toggle = pb::ToggleTaskRequest { id, done: None };
    assert!(
        ok(storage.tasks().toggle_task(toggle).await)
            .task
            .expect("task")
            .done
    );
    let rename = pb::UpdateTaskRequest {
        id,
        name: Some("new".to_owned()),
        ..Default::default()
    };
    let renamed = ok(storage.tasks().update_task(rename).await).task;
    let wanted = pb::Task {
        name: "new".to_owned(),
        done: true,
        ..task
    };
    assert_eq!(renamed, Some(wanted.clone()));
    assert_eq!(storage.all_tasks().await, [wanted]);
}

#[tokio::test]
async fn an_edit_can_tick_a_task_and_keeps_its_name() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "x").await;
    let edit = pb::UpdateTaskRequest {
        id: Some(task.id),
        done: Some(true),
        ..Default::default()
    };
    ok(storage.tasks().update_task(edit).await);
    let wanted = pb::Task { done: true, ..task };
    assert_eq!(storage.all_tasks().await, [wanted]);
}

#[tokio::test]
async fn ticking_a_task_that_is_ticked_changes_nothing() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "x").await;
    let tick = async || {
        let request = pb::ToggleTaskRequest {
            id: Some(task.id),
            done: Some(true),
        };
        ok(storage.tasks().toggle_task(request).await).change_group
    };
    assert_eq!(
        (tick().await, tick().await, storage.head().await),
        (3, 0, 3)
    );
}

#[tokio::test]
async fn a_task_that_moves_goes_to_the_end_of_the_other_list() {
    let storage = Storage::start().await;
    let (a, b) = (storage.profile("a").await, storage.profile("b").await);
    storage.task(b.id, "there").await;
    let task = storage.task(a.id, "moves").await;
    let to = async |profile_id| {
        let request = pb::UpdateTaskRequest {
            id: Some(task.id),
            profile_id: Some(profile_id),
            ..Default::default()
        };
        storage.tasks().update_task(request).await
    };
    let moved = ok(to(b.id).await).task.expect("task");
    assert_eq!((moved.profile_id, moved.priority), (b.id, 2));
    assert_eq!(wrong_fields(to(99).await), ["profile_id"]);
}

#[tokio::test]
async fn a_deleted_task_is_gone_and_its_number_too() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "x").await;
    let delete = async || {
        let request = pb::DeleteTaskRequest { id: Some(task.id) };
        storage.tasks().delete_task(request).await
    };
    assert_eq!(ok(delete().await).change_group, 3);
    assert_eq!(
        refused(delete().await),
        (Code::NotFound, "no task 1".to_owned())
    );
    assert_eq!(storage.task(profile.id, "y").await.id, task.id + 1);
}

#[tokio::test]
async fn tasks_come_in_pages_and_by_done() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    for n in 0..5 {
        storage.task(profile.id, &format!("task {n}")).await;
    }
    let mut request = pb::ListTasksRequest {
        profile_id: Some(profile.id),
        page_size: 2,
        ..Default::default()
    };
    let mut sizes = Vec::new();
    let mut ids = Vec::new();
    loop {
        let page = ok(storage.tasks().list_tasks(request.clone()).await);
        sizes.push(page.tasks.len());
        ids.extend(page.tasks.iter().map(|task| task.id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!((sizes, ids), (vec![2, 2, 1], vec![1, 2, 3, 4, 5]));

    let tick = pb::ToggleTaskRequest {
        id: Some(3),
        done: None,
    };
    ok(storage.tasks().toggle_task(tick).await);
    let done = pb::ListTasksRequest {
        done: Some(true),
        ..Default::default()
    };
    let done = ok(storage.tasks().list_tasks(done).await).tasks;
    assert_eq!(done.iter().map(|task| task.id).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn sorting_deals_the_places_of_the_named_tasks_anew() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    for n in 1..=4 {
        storage.task(profile.id, &format!("task {n}")).await;
    }
    let sort = async |ids: &[i64]| {
        let request = pb::SortTasksRequest { ids: ids.to_vec() };
        ok(storage.tasks().sort_tasks(request).await).change_group
    };
    assert_ne!(sort(&[4, 1]).await, 0);
    let order = async || {
        let tasks = storage.all_tasks().await;
        tasks.iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [4, 2, 3, 1]);
    assert_eq!(sort(&[4, 2, 3, 1]).await, 0, "it was so already");
    assert_eq!(sort(&[]).await, 0);
}

#[tokio::test]
async fn only_tasks_of_one_profile_are_sorted_and_each_once() {
    let storage = Storage::start().await;
    let (a, b) = (storage.profile("a").await, storage.profile("b").await);
    let one = storage.task(a.id, "one").await.id;
    let two = storage.task(a.id, "two").await.id;
    let other = storage.task(b.id, "other").await.id;
    let head = storage.head().await;
    for ids in [
        vec![two, two],
        vec![two, other],
        vec![99],
        vec![two, one, 99],
    ] {
        let request = pb::SortTasksRequest { ids };
        assert_eq!(
            wrong_fields(storage.tasks().sort_tasks(request).await),
            ["ids"]
        );
    }
    assert_eq!(storage.head().await, head);
}
