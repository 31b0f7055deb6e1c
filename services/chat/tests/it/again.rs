//! The last answer, given anew.
use chat::fake::Script;
use proto::{
    chat::{RegenerateRequest, RegenerateResponse, regenerate_response::Event},
    storage::{MessageState, Role},
};
use tonic::{Code, Status};

use crate::support::{FakeStorage, Stack, is};

async fn again(stack: &Stack, id: i64, model: &str) -> Result<Vec<Event>, Status> {
    let request = RegenerateRequest {
        message_id: Some(id),
        model: model.to_owned(),
    };
    let mut said = stack.chat.clone().regenerate(request).await?.into_inner();
    let mut events = Vec::new();
    while let Some(RegenerateResponse { event }) = said.message().await? {
        events.extend(event);
    }
    Ok(events)
}

fn conversation() -> Vec<(i64, Role, &'static str, MessageState)> {
    vec![
        (1, Role::User, "first", MessageState::Done),
        (1, Role::Assistant, "one", MessageState::Done),
        (1, Role::User, "second", MessageState::Done),
        (1, Role::Assistant, "two", MessageState::Interrupted),
        (1, Role::System, "You are at the todos.", MessageState::Done),
    ]
}

#[tokio::test]
async fn the_last_question_is_answered_anew_by_the_model_one_wants() {
    let stack = Stack::with(FakeStorage::holding(conversation()).await, |_| {}).await;
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);
    stack.ollama.script(Script::says(&["bet", "ter"]));

    let events = again(&stack, 4, "qwen3:4b").await.expect("an answer");
    let Some(Event::Started(started)) = events.first() else {
        panic!("{events:?}")
    };
    assert_eq!(
        (started.question_id, started.model.as_str()),
        (3, "qwen3:4b")
    );
    let Some(Event::Finished(finished)) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(finished.text, "better");

    let rows = stack.storage.rows();
    assert!(rows.iter().all(|row| row.id != 4), "the old answer is gone");
    let new = rows.last().expect("a row");
    assert_eq!((new.id, new.text.as_str()), (started.answer_id, "better"));
    assert_eq!(new.parent_id, Some(3));
    assert!(is(new.state, MessageState::Done));
    let asked = stack.ollama.asked();
    let said = asked[0]["messages"].to_string();
    assert!(said.contains("second") && !said.contains("two"), "{said}");
}

#[tokio::test]
async fn only_the_last_answer_is_given_anew() {
    let stack = Stack::with(FakeStorage::holding(conversation()).await, |_| {}).await;
    for id in [1, 2, 3, 5] {
        let refused = again(&stack, id, "").await.expect_err("refused");
        assert_eq!(refused.code(), Code::FailedPrecondition, "{id}");
    }
    assert_eq!(
        again(&stack, 9, "").await.expect_err("none").code(),
        Code::NotFound
    );
    assert_eq!(stack.storage.rows().len(), 5);
    assert!(stack.ollama.asked().is_empty());
}

#[tokio::test]
async fn the_last_answer_waits_for_the_turn() {
    let stack = Stack::with(FakeStorage::holding(conversation()).await, |_| {}).await;
    let held = Script::default().text("hm").hold().done("stop");
    stack.ollama.script(held);
    let mut answer = stack.ask("third").await.expect("an answer");
    answer.piece().await;
    let refused = again(&stack, 4, "").await.expect_err("refused");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    stack.ollama.release();
    answer.finished().await;
}
