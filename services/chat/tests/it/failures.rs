//! Model servers that are away, refuse, or break off; storage that is away.
use std::time::Duration;

use chat::fake::Script;
use proto::storage::MessageState;
use tonic::{Code, Status};

use crate::support::{FakeStorage, Stack, free, is};

/// Asks, lets the answer fail, and returns how; the word written before is kept as interrupted.
async fn cut(stack: &Stack, script: Script) -> Status {
    stack.ollama.script(script);
    let status = stack.ask("hello").await.expect("an answer").failed().await;
    let rows = stack.storage.rows();
    assert_eq!(rows[1].text, "half");
    assert!(is(rows[1].state, MessageState::Interrupted));
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    stack
        .ask("again")
        .await
        .expect("the next turn")
        .finished()
        .await;
    status
}

#[tokio::test]
async fn an_error_in_the_middle_is_said_in_the_server_s_own_words() {
    let script = Script::default()
        .text("half")
        .error("llama runner process has terminated");
    let status = cut(&Stack::start().await, script).await;
    assert_eq!(
        status.message(),
        "the answer was cut short: llama runner process has terminated"
    );
}

#[tokio::test]
async fn an_end_without_done_is_a_cut() {
    cut(&Stack::start().await, Script::default().text("half")).await;
}

#[tokio::test]
async fn half_a_line_at_the_end_is_a_cut() {
    let script = Script::default()
        .text("half")
        .bytes(b"{\"message\":{\"content\":\"x");
    cut(&Stack::start().await, script).await;
}

#[tokio::test]
async fn a_broken_connection_is_a_cut() {
    cut(
        &Stack::start().await,
        Script::default().text("half").abort(),
    )
    .await;
}

#[tokio::test]
async fn a_line_without_end_is_a_cut() {
    let script = Script::default()
        .text("half")
        .bytes(&vec![b'x'; 1_100_000])
        .hold();
    cut(&Stack::start().await, script).await;
}

#[tokio::test]
async fn a_model_that_falls_silent_is_given_up() {
    let stack = Stack::with_limits(|limits| limits.idle = Duration::from_millis(300)).await;
    let status = cut(&stack, Script::default().text("half").hold()).await;
    assert!(status.message().contains("nothing came"), "{status:?}");
    stack.ollama.until_left(1).await;
}

#[tokio::test]
async fn a_model_that_comes_to_no_end_is_given_up() {
    let stack = Stack::with_limits(|limits| limits.overall = Duration::from_millis(500)).await;
    let status = cut(&stack, Script::default().text("half").hold()).await;
    assert!(status.message().contains("took longer"), "{status:?}");
}

#[tokio::test]
async fn a_failure_before_the_first_word_keeps_the_question_and_no_empty_answer() {
    let stack = Stack::start().await;
    for (status, code) in [
        (503, Code::ResourceExhausted),
        (500, Code::Unavailable),
        (400, Code::FailedPrecondition),
        (404, Code::NotFound),
        (302, Code::Unavailable),
    ] {
        stack.ollama.script(Script::refuses(status, "no"));
        let failed = stack
            .ask("hello")
            .await
            .expect("a beginning")
            .failed()
            .await;
        assert_eq!(failed.code(), code, "{status}");
    }
    let rows = stack.storage.rows();
    assert_eq!(rows.len(), 5);
    assert!(
        rows.iter()
            .all(|row| is(row.state, MessageState::Done) && row.text == "hello")
    );
}

#[tokio::test]
async fn without_a_model_server_the_command_that_starts_it_is_named_and_nothing_is_stored() {
    let (nobody, listener) = free().await;
    drop(listener);
    let storage = FakeStorage::start().await;
    let host = nobody.to_string().parse().expect("a host");
    let stack = Stack::with(storage, |config| config.ollama = host).await;

    let refused = stack.ask("hello").await.err().expect("refused");
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(
        refused.message(),
        format!("no model server answers at {nobody}; start it with `ollama serve`")
    );
    assert!(stack.storage.rows().is_empty());
    let listed = stack
        .chat
        .clone()
        .list_models(proto::chat::ListModelsRequest {})
        .await;
    assert_eq!(listed.expect_err("refused").code(), Code::Unavailable);
}

#[tokio::test]
async fn without_storage_the_model_is_not_asked() {
    let (nobody, listener) = free().await;
    drop(listener);
    let storage = FakeStorage::start().await;
    let stack = Stack::with(storage, |config| config.storage = nobody.clone()).await;
    let refused = stack.ask("hello").await.err().expect("refused");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("storage"), "{refused:?}");
    assert!(stack.ollama.asked().is_empty());
}
