use std::time::Duration;

use proto::storage::{self as pb, watch_changes_response::Event};
use tokio::time::timeout;

use crate::support::{Storage, event, ok};

#[tokio::test]
async fn a_restart_keeps_every_row_and_every_number() {
    let storage = Storage::start().await;
    let profile = storage.profile("a").await;
    storage.task(profile.id, "x").await;
    storage.set("a", "1").await;
    let before = storage.all_tasks().await;
    let storage = storage.restart().await;
    assert_eq!(storage.all_tasks().await, before);
    assert_eq!(storage.head().await, 3);
    assert_eq!(storage.set("a", "2").await, 4);
    let list = pb::ListChangesRequest::default();
    let seqs: Vec<_> = ok(storage.changes().list_changes(list).await)
        .changes
        .iter()
        .map(|c| c.seq)
        .collect();
    assert_eq!(seqs, [4, 3, 2, 1]);
}

#[tokio::test]
async fn it_stops_soon_although_somebody_watches() {
    let storage = Storage::start().await;
    let mut watcher = storage.watch(None).await;
    assert_eq!(
        event(&mut watcher).await,
        Event::Resync(pb::Resync { head: 0 })
    );
    timeout(Duration::from_secs(5), storage.stop())
        .await
        .expect("stopped in time");
    assert!(
        matches!(watcher.message().await, Ok(None)),
        "the stream went on"
    );
}
