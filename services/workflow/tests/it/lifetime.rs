//! What stops and starts do to steps that are under way.
use proto::workflow::StepState;
use runtime::addr::Addr;

use crate::support::{FakeStorage, House, Reply, free};

const LEFT: &str = r#"{"created":"t","updated":"t",
    "step_01":{"values":{"name":"Ann"},"state":"done","started":"t"},
    "step_02":{"values":{"work":"x"},"state":"done","started":"t"},
    "step_03":{"values":{"mood":"calm"},"state":"done","started":"t"},
    "step_04":{"values":{},"state":"running","started":"t","by":"a dead process"}}"#;
const SENTENCE: &str = "stopped by a restart; submit the step again";

#[tokio::test]
async fn a_step_left_running_by_a_dead_process_is_marked_as_failed() {
    let storage = FakeStorage::default();
    storage.put("hello", "r", LEFT);
    let house = House::around(storage).await;

    let run = house.until("r", 4, StepState::Failed).await;

    assert_eq!(run.steps[3].error, SENTENCE);
    house.submit("r", "step_04", &[]).await.expect("again");
    house.until("r", 4, StepState::Done).await;
}

#[tokio::test]
async fn steps_left_running_are_found_on_every_page_of_records() {
    let storage = FakeStorage::default();
    for n in 0..50 {
        storage.put("hello", &format!("r{n}"), LEFT);
    }
    let house = House::around(storage).await;
    for n in [0, 25, 49] {
        house.until(&format!("r{n}"), 4, StepState::Failed).await;
    }
}

#[tokio::test]
async fn the_service_is_ready_before_storage_is_and_catches_up_later() {
    let storage = FakeStorage::default();
    storage.put("hello", "r", LEFT);
    let addr: Addr = free().await.addr().expect("bound"); // and free again
    let house = House::with_storage_at(storage.clone(), addr.clone()).await;

    assert_eq!(house.workflows().await.len(), 1);

    let mut changes = storage.changes();
    storage.serve(addr.bind().await.expect("bind")).await;
    changes.changed().await.expect("caught up");
    assert!(
        storage
            .data("hello", "r")
            .expect("record")
            .contains(SENTENCE)
    );
}

#[tokio::test]
async fn a_stop_ends_the_calls_under_way_and_says_so_in_their_runs() {
    let house = House::start().await;
    house.chat.will(Reply::Hang);
    house.ready_to_greet("r").await;
    house.submit("r", "step_04", &[]).await.expect("submit");
    house.chat.until_asked().await;
    let chat = house.chat.clone();

    let storage = house.stop().await;

    chat.until_dropped().await;
    let data = storage.data("hello", "r").expect("record");
    assert!(data.contains(SENTENCE), "{data}");
    assert!(!data.contains("running"), "{data}");
}
