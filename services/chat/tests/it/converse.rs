//! A conversation that goes well.
use chat::fake::Script;
use proto::{
    chat::ConverseRequest,
    status::violations,
    storage::{MessageState, Role},
};
use tonic::Code;

use crate::support::{FakeStorage, Stack, is, question};

#[tokio::test]
async fn an_answer_comes_piece_by_piece_and_is_kept_with_its_costs() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::says(&["Good ", "morning"]));

    let answer = stack.ask("  hello ").await.expect("an answer");
    let started = answer.started.clone();
    let (pieces, finished) = answer.end().await;

    assert_eq!(started.model, "llama3.2:latest");
    assert_eq!(pieces.len(), 2);
    let finished = finished.expect("an end");
    assert_eq!(finished.text, "Good morning");
    assert!(is(finished.state, MessageState::Done));
    let usage = finished.usage.expect("costs");
    assert_eq!((usage.prompt_tokens, usage.reply_tokens), (11, 2));
    assert_eq!((usage.load_ms, usage.reply_ms), (40, 20));

    let rows = stack.storage.rows();
    let [asked, answered] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (asked.id, answered.id),
        (started.question_id, started.answer_id)
    );
    assert_eq!(
        (asked.text.as_str(), asked.role(), asked.app.as_str()),
        ("hello", Role::User, "home")
    );
    assert!(is(asked.state, MessageState::Done) && is(answered.state, MessageState::Done));
    assert_eq!(
        (answered.text.as_str(), answered.role()),
        ("Good morning", Role::Assistant)
    );
    assert_eq!(answered.model, "llama3.2:latest");
    assert_eq!(
        (answered.parent_id, answered.profile_id),
        (Some(asked.id), 1)
    );
    assert_eq!(answered.usage, Some(usage));
}

#[tokio::test]
async fn each_piece_is_passed_on_before_the_next_one_exists() {
    let stack = Stack::start().await;
    let script = Script::default()
        .text("one")
        .hold()
        .text("two")
        .hold()
        .done("stop");
    stack.ollama.script(script);

    let mut answer = stack.ask("count").await.expect("an answer");
    assert_eq!(answer.piece().await, "one");
    stack.ollama.release();
    assert_eq!(answer.piece().await, "two");
    stack.ollama.release();
    assert_eq!(answer.finished().await.text, "onetwo");
}

#[tokio::test]
async fn the_model_reads_the_page_s_prompt_and_what_was_said_before_but_not_what_the_app_said() {
    let storage = FakeStorage::holding(vec![
        (1, Role::User, "first", MessageState::Done),
        (1, Role::Assistant, "half an", MessageState::Interrupted),
        (1, Role::Assistant, "", MessageState::Done),
        (2, Role::User, "of another profile", MessageState::Done),
        (1, Role::System, "entered todos", MessageState::Done),
    ])
    .await;
    let stack = Stack::with(storage, |_| {}).await;
    let request = ConverseRequest {
        app: "task".to_owned(),
        ..question("second")
    };
    stack
        .converse(request)
        .await
        .expect("an answer")
        .finished()
        .await;

    let asked = &stack.ollama.asked()[0];
    let messages: Vec<(&str, &str)> = asked["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .filter_map(|m| Some((m["role"].as_str()?, m["content"].as_str()?)))
        .collect();
    let (role, system) = messages[0];
    assert_eq!(role, "system");
    assert!(
        system.contains("Botiferrous") && system.contains("Todos"),
        "{system}"
    );
    assert_eq!(
        messages[1..],
        [
            ("user", "first"),
            ("assistant", "half an"),
            ("user", "second")
        ]
    );
    assert_eq!(asked["stream"], true);
    assert_eq!(stack.storage.rows()[5].parent_id, Some(5));
}

#[tokio::test]
async fn without_a_profile_the_picked_one_is_meant() {
    let stack = Stack::start().await;
    let request = ConverseRequest {
        profile_id: None,
        ..question("hello")
    };
    stack
        .converse(request)
        .await
        .expect("an answer")
        .finished()
        .await;
    assert!(stack.storage.rows().iter().all(|row| row.profile_id == 2));
}

#[tokio::test]
async fn off_the_record_nothing_is_sent_along_and_nothing_is_kept() {
    let storage = FakeStorage::holding(vec![(1, Role::User, "before", MessageState::Done)]).await;
    let stack = Stack::with(storage, |_| {}).await;
    let request = ConverseRequest {
        off_record: true,
        ..question("greet Ann")
    };
    let answer = stack.converse(request).await.expect("an answer");

    assert_eq!(
        (answer.started.question_id, answer.started.answer_id),
        (0, 0)
    );
    assert_eq!(answer.finished().await.text, "You said: greet Ann");
    assert_eq!(stack.storage.rows().len(), 1);
    let asked = &stack.ollama.asked()[0];
    assert_eq!(asked["messages"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_profile_has_one_answer_at_a_time() {
    let stack = Stack::start().await;
    stack
        .ollama
        .script(Script::default().text("one").hold().done("stop"));
    let mut first = stack.ask("first").await.expect("an answer");
    first.piece().await;

    let refused = stack.ask("second").await.err().expect("refused");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "the model is still answering; stop it first"
    );
    assert_eq!(stack.storage.rows().len(), 2, "nothing is stored");

    let other = ConverseRequest {
        profile_id: Some(2),
        ..question("elsewhere")
    };
    stack
        .converse(other)
        .await
        .expect("another profile")
        .finished()
        .await;
    let aside = ConverseRequest {
        off_record: true,
        ..question("aside")
    };
    stack
        .converse(aside)
        .await
        .expect("off the record")
        .finished()
        .await;

    stack.ollama.release();
    first.finished().await;
    stack
        .ask("second")
        .await
        .expect("the next turn")
        .finished()
        .await;
}

#[tokio::test]
async fn questions_off_the_record_are_bounded() {
    let stack = Stack::start().await;
    let request = ConverseRequest {
        off_record: true,
        ..question("aside")
    };
    let mut open = Vec::new();
    for _ in 0..4 {
        stack.ollama.script(Script::default().hold());
        open.push(stack.converse(request.clone()).await.expect("an answer"));
    }
    let refused = stack.converse(request).await.err().expect("refused");
    assert_eq!(refused.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn what_can_not_be_asked_is_refused_with_the_field_and_nothing_happens() {
    let stack = Stack::start().await;
    let blank = question(" \n ");
    let long = question(&"ž".repeat(20_001));
    let app = ConverseRequest {
        app: "../etc".to_owned(),
        ..question("hi")
    };
    let model = ConverseRequest {
        model: "a b".to_owned(),
        ..question("hi")
    };
    for (request, field) in [
        (blank, "text"),
        (long, "text"),
        (app, "app"),
        (model, "model"),
    ] {
        let refused = stack.converse(request).await.err().expect(field);
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(violations(&refused)[0].0, field);
    }
    assert!(stack.storage.rows().is_empty() && stack.ollama.asked().is_empty());
    stack
        .ask(&"ž".repeat(20_000))
        .await
        .expect("just short enough")
        .finished()
        .await;
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_storage_s_to_refuse() {
    let stack = Stack::start().await;
    let request = ConverseRequest {
        profile_id: Some(99),
        ..question("hi")
    };
    let refused = stack.converse(request).await.err().expect("refused");
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::NotFound, "there is no profile 99")
    );
    assert!(stack.storage.rows().is_empty());
}
