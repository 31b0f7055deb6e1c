use proto::storage::{self as pb, MessageState, Role};
use tonic::Code;

use crate::support::{Storage, ok, refused};

async fn rename(storage: &Storage, id: i64, name: &str) -> i64 {
    let request = pb::UpdateTaskRequest {
        id: Some(id),
        name: Some(name.to_owned()),
        ..Default::default()
    };
    ok(storage.tasks().update_task(request).await).change_group
}

async fn name(storage: &Storage) -> String {
    storage.all_tasks().await.remove(0).name
}

#[tokio::test]
async fn an_undo_and_its_own_undo_bring_back_what_was() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "old").await;
    let renamed = rename(&storage, task.id, "new").await;
    let undone = storage.undo(renamed).await.expect("undone");
    assert_eq!((undone.rows, name(&storage).await), (1, "old".to_owned()));
    let redone = storage.undo(undone.change_group).await.expect("redone");
    assert_eq!((redone.rows, name(&storage).await), (1, "new".to_owned()));
}

#[tokio::test]
async fn a_row_that_was_changed_since_is_left_alone() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "old").await;
    let first = rename(&storage, task.id, "new").await;
    rename(&storage, task.id, "newer").await;
    let head = storage.head().await;
    assert_eq!(
        refused(storage.undo(first).await),
        (
            Code::FailedPrecondition,
            "task 1 was changed since, so group 3 can not be undone".to_owned()
        )
    );
    assert_eq!(
        (storage.head().await, name(&storage).await),
        (head, "newer".to_owned())
    );
}

#[tokio::test]
async fn an_undo_that_is_refused_half_way_writes_nothing() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    for name in ["x", "y"] {
        storage.task(profile.id, name).await;
    }
    let sort = pb::SortTasksRequest { ids: vec![2, 1] };
    let group = ok(storage.tasks().sort_tasks(sort).await).change_group;
    rename(&storage, 2, "z").await; // the first of the group, so the last to be put back
    let (before, head) = (storage.all_tasks().await, storage.head().await);
    assert_eq!(
        refused(storage.undo(group).await).0,
        Code::FailedPrecondition
    );
    assert_eq!(
        (storage.all_tasks().await, storage.head().await),
        (before, head)
    );
}

#[tokio::test]
async fn a_profile_deleted_with_its_tasks_comes_back_with_them() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    for name in ["x", "y"] {
        storage.task(profile.id, name).await;
    }
    let before = storage.all_tasks().await;
    let delete = pb::DeleteProfileRequest {
        id: Some(profile.id),
        cascade: true,
    };
    let deleted = ok(storage.profiles().delete_profile(delete).await).change_group;
    assert_eq!(storage.all_tasks().await.len(), 0);
    assert_eq!(storage.undo(deleted).await.expect("undone").rows, 3);
    assert_eq!(storage.all_tasks().await, before);
    let get = pb::GetProfileRequest {
        id: Some(profile.id),
    };
    let back = ok(storage.profiles().get_profile(get).await).profile;
    assert_eq!(back.expect("profile").task_count, 2);
}

#[tokio::test]
async fn what_belongs_to_other_rows_is_not_torn_from_them() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    let task = storage.task(profile.id, "x").await;
    let created_profile = refused(storage.undo(1).await);
    assert_eq!(
        created_profile,
        (
            Code::FailedPrecondition,
            "other rows still belong to profile 1".to_owned()
        )
    );
    let delete = pb::DeleteTaskRequest { id: Some(task.id) };
    let deleted_task = ok(storage.tasks().delete_task(delete).await).change_group;
    let delete = pb::DeleteProfileRequest {
        id: Some(profile.id),
        cascade: false,
    };
    ok(storage.profiles().delete_profile(delete).await);
    assert_eq!(
        refused(storage.undo(deleted_task).await),
        (
            Code::FailedPrecondition,
            "task 1 belongs to a row that is gone".to_owned()
        )
    );
}

#[tokio::test]
async fn settings_and_messages_are_undone_too() {
    let storage = Storage::start().await;
    let set = storage.set("a", "1").await;
    storage.undo(set).await.expect("undone");
    let list = pb::ListSettingsRequest::default();
    assert_eq!(
        ok(storage.settings().list_settings(list).await)
            .settings
            .len(),
        0
    );

    let say = pb::CreateMessageRequest {
        text: "x".to_owned(),
        role: Role::User.into(),
        state: MessageState::Done.into(),
        ..Default::default()
    };
    let said = ok(storage.messages().create_message(say).await);
    let delete = pb::DeleteMessageRequest { id: Some(1) };
    let deleted = ok(storage.messages().delete_message(delete).await).change_group;
    storage.undo(deleted).await.expect("undone");
    let get = pb::GetMessageRequest { id: Some(1) };
    assert_eq!(
        ok(storage.messages().get_message(get).await).message,
        said.message
    );
}

#[tokio::test]
async fn an_undone_record_goes_on_counting_its_changes() {
    let storage = Storage::start().await;
    let key = ("hello".to_owned(), "x".to_owned());
    let create = pb::CreatePipelineRequest {
        app_name: key.0.clone(),
        url: key.1.clone(),
        ..Default::default()
    };
    ok(storage.pipelines().create_pipeline(create).await);
    let update = pb::UpdatePipelineRequest {
        app_name: key.0.clone(),
        url: key.1.clone(),
        data: r#"{"x":1}"#.to_owned(),
        revision: Some(1),
    };
    let updated = ok(storage.pipelines().update_pipeline(update).await).change_group;
    let undone = storage.undo(updated).await.expect("undone").change_group;
    let get = async || {
        let request = pb::GetPipelineRequest {
            app_name: key.0.clone(),
            url: key.1.clone(),
        };
        let row = ok(storage.pipelines().get_pipeline(request).await).pipeline;
        row.map(|row| (row.data, row.revision)).expect("a record")
    };
    assert_eq!(get().await, ("{}".to_owned(), 3));
    storage.undo(undone).await.expect("redone");
    assert_eq!(get().await, (r#"{"x":1}"#.to_owned(), 4));
}
