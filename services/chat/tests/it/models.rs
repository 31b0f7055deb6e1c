//! Which models there are, and which one answers.
use chat::fake::Script;
use proto::chat::{ConverseRequest, ListModelsRequest, Model, PullModelRequest, PullModelResponse};
use tonic::Code;

use crate::support::{FakeStorage, Stack, question};

async fn models(stack: &Stack) -> Vec<Model> {
    let answer = stack.chat.clone().list_models(ListModelsRequest {}).await;
    answer.expect("models").into_inner().models
}

fn of(model: &str) -> ConverseRequest {
    ConverseRequest {
        model: model.to_owned(),
        ..question("hello")
    }
}

#[tokio::test]
async fn models_are_listed_with_the_default_first_and_toys_marked() {
    let stack = Stack::start().await;
    stack.ollama.remove_models();
    stack
        .ollama
        .install("smollm2-toy:latest", "134.52M", &["completion"]);
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);

    let models = models(&stack).await;
    let shown: Vec<_> = models
        .iter()
        .map(|m| (m.name.as_str(), m.is_default, m.is_toy))
        .collect();
    assert_eq!(
        shown,
        [
            ("qwen3:4b", true, false),
            ("smollm2-toy:latest", false, true)
        ]
    );
    assert_eq!(
        (models[0].parameter_size.as_str(), models[0].size),
        ("4.0B", 2_000_000_000)
    );
}

#[tokio::test]
async fn a_named_model_answers_instead_of_the_default_one() {
    let stack = Stack::start().await;
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);
    let answer = stack.converse(of("qwen3:4b")).await.expect("an answer");
    assert_eq!(answer.started.model, "qwen3:4b");
    answer.finished().await;
    assert_eq!(stack.ollama.asked()[0]["model"], "qwen3:4b");
}

#[tokio::test]
async fn the_configured_model_is_the_default_one() {
    let storage = FakeStorage::start().await;
    let name = "qwen3:4b".parse().expect("a name");
    let stack = Stack::with(storage, |config| config.model = Some(name)).await;
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);
    assert_eq!(models(&stack).await[0].name, "qwen3:4b");
    let answer = stack.ask("hello").await.expect("an answer");
    assert_eq!(answer.started.model, "qwen3:4b");
}

#[tokio::test]
async fn a_model_that_is_not_installed_is_named_with_the_command_that_gets_it() {
    let stack = Stack::start().await;
    let refused = stack.converse(of("mistral")).await.err().expect("refused");
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        refused.message(),
        "model `mistral` is not installed; get it with `ollama pull mistral`"
    );
    assert!(stack.storage.rows().is_empty());
}

#[tokio::test]
async fn without_any_model_a_good_one_is_named() {
    let stack = Stack::start().await;
    stack.ollama.remove_models();
    let refused = stack.ask("hello").await.err().expect("refused");
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        refused.message(),
        "no model is installed; get a good one with `ollama pull llama3.2`"
    );
    assert!(models(&stack).await.is_empty());
}

#[tokio::test]
async fn a_model_that_goes_away_is_noticed_and_the_next_best_one_answers() {
    let stack = Stack::start().await;
    stack
        .ask("hello")
        .await
        .expect("an answer")
        .finished()
        .await;
    stack.ollama.remove_models();
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);
    let failed = stack
        .ask("hello")
        .await
        .expect("a beginning")
        .failed()
        .await;
    assert_eq!(failed.code(), Code::NotFound);
    let answer = stack.ask("hello").await.expect("an answer");
    assert_eq!(answer.started.model, "qwen3:4b");
    answer.finished().await;
}

#[tokio::test]
async fn only_a_model_that_can_think_is_told_not_to() {
    let stack = Stack::start().await;
    stack
        .ollama
        .install("qwen3:4b", "4.0B", &["completion", "thinking"]);
    stack.ollama.script(Script::says(&["a"]));
    for model in ["llama3.2", "qwen3:4b"] {
        stack
            .converse(of(model))
            .await
            .expect("an answer")
            .finished()
            .await;
    }
    let asked = stack.ollama.asked();
    assert_eq!(asked[0].get("think"), None);
    assert_eq!(asked[1]["think"], false);
}

#[tokio::test]
async fn the_cost_names_what_the_model_can_hold_in_mind() {
    let stack = Stack::start().await;
    let answer = stack.ask("hello").await.expect("an answer");
    let usage = answer.finished().await.usage.expect("costs");
    assert_eq!(usage.context_tokens, 8192);
}

#[tokio::test]
async fn a_model_in_memory_is_marked() {
    let stack = Stack::start().await;
    assert!(!models(&stack).await[0].is_loaded);
    stack.ollama.load("llama3.2:latest");
    assert!(models(&stack).await[0].is_loaded);
}

async fn pull(stack: &Stack, name: &str) -> Result<Vec<PullModelResponse>, tonic::Status> {
    let request = PullModelRequest {
        name: name.to_owned(),
    };
    let mut steps = stack.chat.clone().pull_model(request).await?.into_inner();
    let mut seen = Vec::new();
    while let Some(step) = steps.message().await? {
        seen.push(step);
    }
    Ok(seen)
}

#[tokio::test]
async fn a_model_is_got_with_progress() {
    let stack = Stack::start().await;
    let steps = pull(&stack, "qwen3:4b").await.expect("progress");
    let shown: Vec<_> = steps.iter().map(|s| (s.completed, s.total)).collect();
    assert_eq!(shown, [(0, 0), (50, 100), (100, 100), (0, 0)]);
    assert_eq!(steps[3].status, "success");
    assert!(models(&stack).await.iter().any(|m| m.name == "qwen3:4b"));
}

#[tokio::test]
async fn a_model_that_nobody_has_is_refused_in_the_server_s_words() {
    let stack = Stack::start().await;
    let missing = Script::default().error("pull model manifest: file does not exist");
    stack.ollama.script_pull(missing);
    let refused = pull(&stack, "nowhere").await.expect_err("refused");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("file does not exist"));
    let blank = pull(&stack, " ").await.expect_err("refused");
    assert_eq!(blank.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn leaving_stops_the_pull() {
    let stack = Stack::start().await;
    let held = Script::pulls(&[10]).hold();
    stack.ollama.script_pull(held);
    let request = PullModelRequest {
        name: "qwen3:4b".to_owned(),
    };
    let steps = stack.chat.clone().pull_model(request).await;
    let mut steps = steps.expect("progress").into_inner();
    steps.message().await.expect("a step");
    drop(steps);
    stack.ollama.until_left(1).await;
}
