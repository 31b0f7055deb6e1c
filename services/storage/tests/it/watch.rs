use std::collections::HashSet;

use proto::storage::{self as pb, watch_changes_response::Event};
use tokio::task::JoinSet;

use crate::support::{Storage, change, event, ok};

#[tokio::test]
async fn a_watcher_hears_of_every_change_with_who_what_and_the_row() {
    let storage = Storage::start().await;
    let mut watcher = storage.watch(None).await;
    assert_eq!(
        event(&mut watcher).await,
        Event::Resync(pb::Resync { head: 0 })
    );
    let profile = storage.profile("a").await;
    let heard = change(&mut watcher).await;
    assert_eq!(
        (
            heard.seq,
            heard.group,
            heard.actor.as_str(),
            heard.topic.as_str(),
            heard.op()
        ),
        (1, 1, "test", "profile", pb::Op::Created)
    );
    assert_eq!((heard.id, heard.before), (profile.id.to_string(), None));
    assert!(heard.after.expect("the row").contains(r#""name":"a""#));
    assert!(heard.time.is_some());
}

#[tokio::test]
async fn who_acts_is_taken_from_the_call() {
    let storage = Storage::start().await;
    let mut request = tonic::Request::new(pb::SetSettingRequest {
        key: "a".to_owned(),
        value: String::new(),
    });
    request
        .metadata_mut()
        .insert(runtime::grpc::ACTOR, "model".parse().expect("value"));
    ok(storage.settings().set_setting(request).await);
    let listed = storage
        .changes()
        .list_changes(pb::ListChangesRequest::default())
        .await;
    assert_eq!(ok(listed).changes[0].actor, "model");
}

#[tokio::test]
async fn the_log_is_listed_newest_first_by_row_and_by_group() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    for name in ["x", "y"] {
        storage.task(profile.id, name).await;
    }
    let sort = pb::SortTasksRequest { ids: vec![2, 1] };
    let group = ok(storage.tasks().sort_tasks(sort).await).change_group;
    let list = async |request: pb::ListChangesRequest| {
        let listed = ok(storage.changes().list_changes(request).await);
        assert_eq!(listed.head, 5);
        listed.changes.iter().map(|c| c.seq).collect::<Vec<_>>()
    };
    let all = pb::ListChangesRequest {
        page_size: 3,
        ..Default::default()
    };
    assert_eq!(list(all).await, [5, 4, 3]);
    let older = pb::ListChangesRequest {
        before_seq: Some(3),
        ..Default::default()
    };
    assert_eq!(list(older).await, [2, 1]);
    let of_row = pb::ListChangesRequest {
        topic: "task".to_owned(),
        id: "1".to_owned(),
        ..Default::default()
    };
    assert_eq!(list(of_row).await, [5, 2]);
    let of_group = pb::ListChangesRequest {
        group: Some(group),
        ..Default::default()
    };
    assert_eq!(list(of_group).await, [5, 4]);
}

/// How many writers and how many tasks each of them adds.
const WRITERS: i64 = 8;
const EACH: i64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_that_reconnect_hear_each_change_of_many_writers_once_and_in_order() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await.id;
    let last = 1 + WRITERS * EACH;
    let mut watchers = JoinSet::new();
    for patience in [1, 3, 10, 1000] {
        watchers.spawn(follow(storage.changes(), patience, last));
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let mut tasks = storage.tasks();
        writers.spawn(async move {
            for n in 0..EACH {
                let request = pb::CreateTaskRequest {
                    name: format!("{writer}.{n}"),
                    profile_id: Some(profile),
                };
                ok(tasks.create_task(request).await);
            }
        });
    }
    writers.join_all().await;
    for heard in watchers.join_all().await {
        assert_eq!(heard, (1..=last).collect::<Vec<_>>());
    }
    let tasks = storage.all_tasks().await;
    let names: HashSet<_> = tasks.iter().map(|task| &task.name).collect();
    assert_eq!(names.len() as i64, WRITERS * EACH);
    let places: Vec<_> = tasks.iter().map(|task| task.priority).collect();
    assert_eq!(places, (1..=WRITERS * EACH).collect::<Vec<_>>());
}

/// Hears every change up to `last`, on connections that end after a number of changes that varies up to `patience`.
async fn follow(
    mut changes: pb::change_service_client::ChangeServiceClient<runtime::grpc::Client>,
    patience: usize,
    last: i64,
) -> Vec<i64> {
    let mut heard = Vec::new();
    let mut connections = 0;
    while heard.last() != Some(&last) {
        connections += 1;
        let after = Some(heard.last().copied().unwrap_or(0));
        let request = pb::WatchChangesRequest { after };
        let mut stream = ok(changes.watch_changes(request).await);
        for _ in 0..=(connections * 7) % patience {
            heard.push(change(&mut stream).await.seq);
            if heard.last() == Some(&last) {
                break;
            }
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_gets_a_resync_and_goes_on_from_there() {
    let storage = Storage::start().await;
    let mut slow = storage.watch(Some(0)).await;
    let value = "x".repeat(10_000); // fills what the wire holds back soon
    for n in 0..600 {
        storage.set("a", &format!("{n}{}", &value[..9_000])).await;
    }
    let head = storage.head().await;
    let mut known = 0;
    let resync = loop {
        match event(&mut slow).await {
            Event::Change(change) => {
                assert_eq!(change.seq, known + 1, "a change was lost without a word");
                known = change.seq;
            }
            Event::Resync(resync) => break resync.head,
        }
    };
    assert!(known < head, "it was not slow");
    assert_eq!(resync, head);
    storage.set("b", "x").await;
    assert_eq!(change(&mut slow).await.seq, head + 1);
}
