//! Picking the model that answers, and getting another one.
use chat::fake::Script;
use reqwest::{Method, StatusCode};

use crate::stack::Stack;

async fn status(stack: &Stack) -> String {
    let request = stack.fragment(Method::GET, "/chat/status").send();
    let answer = request.await.expect("an answer");
    answer.text().await.expect("a body")
}

async fn post(stack: &Stack, path: &str, form: &[(&str, &str)]) -> StatusCode {
    let request = stack.fragment(Method::POST, path).form(form).send();
    request.await.expect("an answer").status()
}

#[tokio::test]
async fn the_picked_model_answers_from_then_on() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    stack.ollama.install("qwen3:4b", "4.0B", &["completion"]);
    stack.ollama.load("qwen3:4b");
    let before = status(&stack).await;
    assert!(before.contains("selected>llama3.2:latest"), "{before}");
    assert!(before.contains("qwen3:4b · 4.0B · in memory"), "{before}");
    post(&stack, "/chat/model", &[("model", "qwen3:4b")]).await;
    assert!(status(&stack).await.contains("selected>qwen3:4b"));
    let mut page = stack.socket().await;
    page.say("hello").await;
    page.until("class=\"usage\"").await;
    assert_eq!(stack.ollama.asked()[0]["model"], "qwen3:4b");
}

#[tokio::test]
async fn a_model_is_got_while_every_page_sees_how_far_it_is() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    stack.ollama.script_pull(Script::pulls(&[50]));
    assert_eq!(
        post(&stack, "/chat/pull", &[("name", "qwen3:4b")]).await,
        StatusCode::ACCEPTED
    );
    page.until("\"k\":\"models\"").await;
    let frames = page.until("\"k\":\"models\"").await;
    assert!(
        frames[0].contains("\"k\":\"pull\"") && frames[0].contains("pulling manifest"),
        "{frames:?}"
    );
    assert!(
        status(&stack)
            .await
            .contains("<code>qwen3:4b</code> is here")
    );
}

#[tokio::test]
async fn getting_a_model_can_be_stopped_and_reaches_the_model_server() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    stack.ollama.script_pull(Script::pulls(&[1]).hold());
    post(&stack, "/chat/pull", &[("name", "qwen3:4b")]).await;
    page.until("\"k\":\"pull\"").await;
    let under_way = status(&stack).await;
    assert!(
        under_way.contains("Cancel") && under_way.contains("<progress"),
        "{under_way}"
    );
    post(&stack, "/chat/pull/stop", &[]).await;
    stack.ollama.until_left(1).await;
    page.until("\"k\":\"models\"").await;
    assert!(status(&stack).await.contains("Stopped."));
}

#[tokio::test]
async fn a_model_that_can_not_be_got_says_why() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    let missing = Script::default().error("pull model manifest: file does not exist");
    stack.ollama.script_pull(missing);
    post(&stack, "/chat/pull", &[("name", "<b>nowhere")]).await;
    page.until("\"k\":\"models\"").await;
    page.until("\"k\":\"models\"").await;
    let status = status(&stack).await;
    assert!(
        status.contains("file does not exist") && !status.contains("<b>"),
        "{status}"
    );
}
