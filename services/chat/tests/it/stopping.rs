//! Answers that are stopped: by the person, by the process, by its death.
use std::time::{Duration, Instant};

use chat::fake::Script;
use proto::storage::{Message, MessageState, Role};
use tonic::Code;

use crate::support::{FakeStorage, Stack, is};

fn settled(rows: &[Message]) -> bool {
    rows.iter()
        .all(|row| !is(row.state, MessageState::Streaming))
}

#[tokio::test]
async fn leaving_stops_the_model_and_keeps_what_was_written() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::default().text("half").hold());
    let mut answer = stack.ask("hello").await.expect("an answer");
    answer.piece().await;

    drop(answer);

    stack.ollama.until_left(1).await;
    let rows = stack.storage.until(settled).await;
    assert_eq!(rows[1].text, "half");
    assert!(is(rows[1].state, MessageState::Interrupted));
}

#[tokio::test]
async fn a_question_right_after_a_stop_is_answered() {
    let stack = Stack::start().await;
    for _ in 0..10 {
        stack.ollama.script(Script::default().text("half").hold());
        let mut answer = stack.ask("hello").await.expect("an answer");
        answer.piece().await;
    }
    stack
        .ask("again")
        .await
        .expect("an answer")
        .finished()
        .await;
}

#[tokio::test]
async fn leaving_before_the_first_word_leaves_no_empty_answer() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::default().hold());
    let answer = stack.ask("hello").await.expect("an answer");
    stack.ollama.until_asked(1).await;

    drop(answer);

    stack.ollama.until_left(1).await;
    let rows = stack.storage.until(settled).await;
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn what_is_written_is_saved_while_the_model_goes_on() {
    let stack = Stack::with_limits(|limits| limits.save_every = Duration::from_millis(20)).await;
    stack.ollama.script(
        Script::default()
            .text("half")
            .hold()
            .text("whole")
            .hold()
            .done("stop"),
    );
    let mut answer = stack.ask("hello").await.expect("an answer");
    answer.piece().await;
    let rows = stack
        .storage
        .until(|rows| rows.len() == 2 && rows[1].text == "half")
        .await;
    assert!(is(rows[1].state, MessageState::Streaming));
    stack.ollama.release();
    stack
        .storage
        .until(|rows| rows[1].text == "halfwhole")
        .await;
    stack.ollama.release();
    answer.finished().await;
}

#[tokio::test]
async fn a_process_that_stops_ends_its_answers_and_keeps_them() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::default().text("half").hold());
    let mut answer = stack.ask("hello").await.expect("an answer");
    answer.piece().await;

    let began = Instant::now();
    stack.shutdown.cancel();
    let failed = answer.failed().await;
    stack.served.await.expect("no panic").expect("a clean stop");

    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(failed.code(), Code::Unavailable);
    let rows = stack.storage.rows();
    assert_eq!(rows[1].text, "half");
    assert!(is(rows[1].state, MessageState::Interrupted));
    stack.ollama.until_left(1).await;
}

#[tokio::test]
async fn answers_left_by_a_dead_process_are_ended_at_the_next_start() {
    let storage = FakeStorage::holding(vec![
        (1, Role::User, "hello", MessageState::Done),
        (1, Role::Assistant, "half", MessageState::Streaming),
        (2, Role::User, "hello", MessageState::Done),
        (2, Role::Assistant, "", MessageState::Streaming),
    ])
    .await;
    let stack = Stack::with(storage, |_| {}).await;
    let rows = stack.storage.until(settled).await;
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["hello", "half", "hello"]);
    assert!(is(rows[1].state, MessageState::Interrupted));
}

#[tokio::test]
async fn an_answer_that_somebody_deletes_meanwhile_ends_well() {
    let stack = Stack::start().await;
    stack
        .ollama
        .script(Script::default().text("half").hold().done("stop"));
    let mut answer = stack.ask("hello").await.expect("an answer");
    answer.piece().await;
    stack.storage.delete(answer.started.answer_id);
    stack.ollama.release();
    assert_eq!(answer.finished().await.text, "half");
}

#[tokio::test]
async fn the_end_of_an_answer_is_stored_when_storage_comes_back() {
    let stack = Stack::start().await;
    stack
        .ollama
        .script(Script::default().text("whole").hold().done("stop"));
    let mut answer = stack.ask("hello").await.expect("an answer");
    answer.piece().await;

    stack.storage.go_away();
    stack.ollama.release();
    stack.storage.come_back_when_missed().await;

    assert_eq!(answer.finished().await.text, "whole");
    assert!(is(stack.storage.rows()[1].state, MessageState::Done));
}
