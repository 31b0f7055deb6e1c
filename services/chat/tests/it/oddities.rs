//! Whatever a model server does between first byte and end.
use std::time::Duration;

use chat::fake::Script;
use proto::{chat::Finished, storage::MessageState};
use serde_json::json;

use crate::support::{Stack, is};

async fn answer_to(script: Script) -> (Vec<(String, String)>, Finished) {
    let stack = Stack::start().await;
    stack.ollama.script(script);
    let (pieces, end) = stack.ask("hello").await.expect("an answer").end().await;
    (pieces, end.expect("an end"))
}

#[tokio::test]
async fn bytes_may_be_split_anywhere_even_inside_a_character() {
    let script = Script::says(&["žluťoučký ", "kůň ", "🐎"]).bytewise();
    let (pieces, finished) = answer_to(script).await;
    assert_eq!(finished.text, "žluťoučký kůň 🐎");
    assert_eq!(pieces.len(), 3);
}

#[tokio::test]
async fn one_read_may_hold_several_lines() {
    let (pieces, finished) = answer_to(Script::says(&["a", "b", "c"]).at_once()).await;
    assert_eq!((pieces.len(), finished.text.as_str()), (3, "abc"));
}

#[tokio::test]
async fn thoughts_come_apart_from_text_and_empty_pieces_not_at_all() {
    let script = Script::default()
        .text("")
        .thinking("hm")
        .text("yes")
        .done("stop");
    let (pieces, finished) = answer_to(script).await;
    let expected = [("", "hm"), ("yes", "")];
    assert_eq!(
        pieces,
        expected.map(|(text, thought)| (text.to_owned(), thought.to_owned()))
    );
    assert_eq!(finished.text, "yes");
}

#[tokio::test]
async fn tool_calls_in_the_middle_are_passed_over() {
    let script = Script::default()
        .text("a")
        .tool_call("list_tasks", &json!({ "profile_id": 1 }))
        .text("b")
        .done("stop");
    assert_eq!(answer_to(script).await.1.text, "ab");
}

#[tokio::test]
async fn the_last_line_may_carry_text_and_lack_its_line_end() {
    let script = Script::default()
        .text("a")
        .bytes(br#"{"message":{"content":"b"},"done":true}"#);
    let (_, finished) = answer_to(script).await;
    assert_eq!(finished.text, "ab");
    assert!(is(finished.state, MessageState::Done));
}

#[tokio::test]
async fn an_answer_cut_by_the_model_s_length_limit_is_interrupted_but_has_its_costs() {
    let (_, finished) = answer_to(Script::default().text("{\"a\":").done("length")).await;
    assert!(is(finished.state, MessageState::Interrupted));
    assert_eq!(finished.usage.expect("costs").reply_tokens, 1);
}

#[tokio::test]
async fn an_answer_without_a_word_is_done_all_the_same() {
    let (pieces, finished) = answer_to(Script::says(&[])).await;
    assert!(pieces.is_empty());
    assert!(is(finished.state, MessageState::Done));
}

#[tokio::test]
async fn a_model_that_is_being_loaded_is_waited_for_beyond_the_idle_limit() {
    let stack = Stack::with_limits(|limits| limits.idle = Duration::ZERO).await;
    stack.ollama.script(
        Script::default()
            .hold()
            .bytes(b"{\"message\":{\"content\":\"warm\"},\"done\":true}\n"),
    );
    let answer = stack.ask("hello").await.expect("an answer that began");
    stack.ollama.until_asked(1).await;
    stack.ollama.release();
    assert_eq!(answer.finished().await.text, "warm");
}

#[tokio::test]
async fn an_answer_that_grows_too_long_is_cut_and_the_model_stopped() {
    let stack = Stack::with_limits(|limits| limits.answer_chars = 5).await;
    let script = Script::default().text("žžž").text("žžž").hold();
    stack.ollama.script(script);
    let finished = stack
        .ask("hello")
        .await
        .expect("an answer")
        .finished()
        .await;
    assert_eq!(finished.text, "žžžžž");
    assert!(is(finished.state, MessageState::Interrupted));
    stack.ollama.until_left(1).await;
}
