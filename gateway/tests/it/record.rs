//! Finding, taking out and bringing back what was said.
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stack::Stack;

async fn talk(stack: &Stack, words: &str) {
    let mut page = stack.socket().await;
    page.say(words).await;
    page.until("class=\"usage\"").await;
    page.until("#said").await;
}

async fn import(stack: &Stack, file: &Value) -> (StatusCode, String) {
    let request = stack
        .fragment(Method::POST, "/chat/import")
        .json(file)
        .send();
    let answer = request.await.expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

#[tokio::test]
async fn words_are_found_in_this_conversation_and_shown_as_text() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    talk(&stack, "Is 100% of <b>MILK</b> white?").await;
    let hits = stack.body("/chat/search?q=100%25%20of%20%3Cb%3Emilk").await;
    assert_eq!(hits.matches("data-message").count(), 2, "{hits}");
    assert!(!hits.contains("<b>MILK"), "{hits}");
    assert!(
        stack
            .body("/chat/search?q=1_0")
            .await
            .contains("Nothing here")
    );
    assert_eq!(stack.body("/chat/search?q=+").await, "");
    stack.pick_new_profile("Other").await;
    assert!(
        stack
            .body("/chat/search?q=milk")
            .await
            .contains("Nothing here")
    );
}

#[tokio::test]
async fn an_exported_conversation_is_imported_into_another_profile_as_it_was() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    talk(&stack, "what is bread?").await;
    let answer = stack.get("/chat/export.json").await;
    let name = answer.headers()["content-disposition"]
        .to_str()
        .expect("text");
    assert!(name.starts_with("attachment"), "{name}");
    let file: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert_eq!(file["messages"].as_array().map(Vec::len), Some(2));

    stack.pick_new_profile("Other").await;
    let (status, said) = import(&stack, &file).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(said.contains("2 messages imported"), "{said}");
    let again: Value = serde_json::from_str(&stack.body("/chat/export.json").await).expect("JSON");
    for (was, is) in [0, 1].map(|at| (&file["messages"][at], &again["messages"][at])) {
        for field in ["role", "text", "model", "created", "usage", "interrupted"] {
            assert_eq!(was[field], is[field], "{field}");
        }
    }
    assert_eq!(
        again["messages"][1]["parent_id"],
        again["messages"][0]["id"]
    );
    let text = stack.body("/chat/export.md").await;
    assert!(
        text.contains("## You, ") && text.contains("You said: what is bread?"),
        "{text}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_wholly_good_brings_nothing() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let line = |role: &str, text: &str| json!({ "id": 1, "role": role, "text": text });
    let file = |messages: Vec<Value>| json!({ "format": "botiferrous.conversation", "version": 1, "messages": messages });
    let good = line("user", "hi");
    let mut foreign = file(vec![good.clone()]);
    foreign["version"] = 2.into();
    let too_long = "x".repeat(200_001);
    let many = vec![good.clone(); 1001];
    for bad in [
        json!({}),
        json!([]),
        foreign,
        file(vec![]),
        file(many),
        file(vec![good.clone(), line("tool", "x")]),
        file(vec![good.clone(), line("user", &too_long)]),
        file(vec![
            good.clone(),
            json!({ "id": 2, "role": "user", "text": "x", "created": "soon" }),
        ]),
    ] {
        let (status, said) = import(&stack, &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    }
    let large = file(vec![line("user", &"x".repeat(4_000_000))]);
    assert!(import(&stack, &large).await.0.is_client_error());
    assert!(!stack.body("/").await.contains("id=\"m-"));
}
