//! What the model sees, as it is described and as it is sent.
use proto::{
    chat::{ContextMessage, ConverseRequest, DescribeContextRequest, DescribeContextResponse},
    status::violations,
    storage::{MessageState, Role},
};
use tonic::Code;

use crate::support::{FakeStorage, Stack, question};

fn place(app: &str) -> DescribeContextRequest {
    DescribeContextRequest {
        profile_id: Some(1),
        app: app.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn what_is_described_is_what_the_model_reads_before_the_next_question() {
    for (model, can) in [
        ("apt", vec!["completion", "tools"]),
        ("plain", vec!["completion"]),
    ] {
        let storage = FakeStorage::holding(vec![
            (1, Role::User, "first", MessageState::Done),
            (1, Role::Assistant, "half an", MessageState::Interrupted),
        ])
        .await;
        let stack = Stack::with(storage, |_| {}).await;
        stack.ollama.install(&format!("{model}:latest"), "3B", &can);

        let context = describe(&stack, model).await;
        let asked = ConverseRequest {
            app: "task".to_owned(),
            model: model.to_owned(),
            ..question("second")
        };
        let answer = stack.converse(asked).await.expect("an answer");
        answer.finished().await;

        let request = &stack.ollama.asked()[0];
        let mut sent = texts(&request["messages"], &["role", "content"]);
        assert_eq!(
            sent.pop(),
            Some(vec!["user".to_owned(), "second".to_owned()])
        );
        let described: Vec<_> = context.messages.iter().map(said).collect();
        assert_eq!(described, sent);
        assert_eq!(request["model"], context.model);
        assert_eq!(context.tools.is_empty(), model == "plain");
        let offered = request["tools"].as_array().into_iter().flatten();
        let offered: Vec<_> = offered.map(|tool| &tool["function"]["name"]).collect();
        let described: Vec<_> = context.tools.iter().map(|tool| &tool.name).collect();
        assert_eq!(described, offered);
        let chars: usize = sent.iter().map(|said| said[1].chars().count()).sum();
        assert!(context.estimated_tokens as usize >= chars.div_ceil(4));
    }
}

async fn describe(stack: &Stack, model: &str) -> DescribeContextResponse {
    let request = DescribeContextRequest {
        model: model.to_owned(),
        ..place("task")
    };
    let context = stack.chat.clone().describe_context(request).await;
    context.expect("a context").into_inner()
}

/// Returns the named texts of each object of a list.
fn texts(list: &serde_json::Value, keys: &[&str]) -> Vec<Vec<String>> {
    let text = |object: &serde_json::Value, key: &str| object[key].as_str().map(str::to_owned);
    let objects = list.as_array().into_iter().flatten();
    objects
        .map(|object| keys.iter().filter_map(|key| text(object, key)).collect())
        .collect()
}

fn said(message: &ContextMessage) -> Vec<String> {
    let role = match message.role() {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        other => panic!("{other:?} is no part of it"),
    };
    vec![role.to_owned(), message.text.clone()]
}

#[tokio::test]
async fn without_a_model_the_context_is_described_all_the_same() {
    let stack = Stack::start().await;
    stack.ollama.remove_models();
    let context = stack.chat.clone().describe_context(place("")).await;
    let context = context.expect("a context").into_inner();
    assert_eq!((context.model.as_str(), context.messages.len()), ("", 1));
}

#[tokio::test]
async fn a_place_that_can_not_be_is_refused_with_the_field() {
    let stack = Stack::start().await;
    let workflow = DescribeContextRequest {
        workflow: "a\nb".to_owned(),
        ..place("workflow")
    };
    let run = DescribeContextRequest {
        run: "x".repeat(101),
        ..place("workflow")
    };
    for (request, field) in [(place("../x"), "app"), (workflow, "workflow"), (run, "run")] {
        let refused = stack.chat.clone().describe_context(request).await;
        let refused = refused.expect_err(field);
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(violations(&refused)[0].0, field);
    }
}
