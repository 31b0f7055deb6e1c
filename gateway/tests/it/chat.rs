use chat::fake::Script;
use reqwest::Method;

use crate::stack::Stack;

#[tokio::test]
async fn the_answer_comes_piece_by_piece_to_every_page_of_the_conversation() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let (mut one, mut two) = (stack.socket().await, stack.socket().await);
    stack
        .ollama
        .script(Script::says(&["Bread ", "is <b>", "**good**."]));
    one.say("tell me about bread").await;
    for page in [&mut one, &mut two] {
        let frames = page.until("class=\"usage\"").await;
        let said: Vec<&String> = frames
            .iter()
            .filter(|frame| frame.starts_with("{\"k\":\"delta\""))
            .collect();
        assert_eq!(said.len(), 3, "{frames:#?}");
        assert!(
            frames
                .iter()
                .any(|frame| frame.contains("tell me about bread"))
        );
        let last = frames.last().expect("a frame");
        assert!(
            last.contains("Bread is &lt;b&gt;<strong>good</strong>."),
            "the finished answer is rendered: {last}"
        );
    }
    assert!(stack.body("/").await.contains("Bread is"));
}

#[tokio::test]
async fn stop_reaches_the_model_and_keeps_what_was_said() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    stack
        .ollama
        .script(Script::default().text("Once upon").hold());
    page.say(r#"{"text":"a story","headers":{}}"#).await;
    page.until("Once upon").await;
    page.say(r#"{"k":"stop"}"#).await;
    stack.ollama.until_left(1).await;
    let frames = page.until("Cut short").await;
    assert!(frames.last().expect("a frame").contains("Once upon"));
}

#[tokio::test]
async fn a_page_that_opens_in_the_middle_gets_all_of_it_once() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut first = stack.socket().await;
    stack.ollama.script(
        Script::default()
            .text("one ")
            .text("two ")
            .hold()
            .text("three")
            .done("stop"),
    );
    first.say("count").await;
    first.until("two ").await;
    let late = stack.body("/").await;
    assert!(
        late.contains("one two ") && late.contains("aria-busy=\"true\""),
        "the page itself shows it"
    );
    let mut second = stack.socket().await;
    stack.ollama.release();
    let frames = second.until("class=\"usage\"").await;
    let said: Vec<&String> = frames
        .iter()
        .filter(|frame| frame.contains("\"k\":\"delta\""))
        .collect();
    assert_eq!(said.len(), 1, "only what came after it opened: {frames:#?}");
    assert!(frames.last().expect("a frame").contains("one two three"));
}

#[tokio::test]
async fn the_model_hears_which_app_is_in_front() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    let mut told = Vec::new();
    for (count, path) in ["", "task"].into_iter().enumerate() {
        page.say(&format!(
            r#"{{"text":"hi","headers":{{"HX-Current-URL":"http://localhost:5001/{path}"}}}}"#
        ))
        .await;
        page.until("class=\"usage\"").await;
        page.until("#said").await;
        stack.ollama.until_asked(count + 1).await;
        told.push(stack.ollama.asked()[count]["messages"][0].to_string());
    }
    assert_ne!(told[0], told[1], "each app has its own prompt");
}

#[tokio::test]
async fn without_a_model_the_page_names_the_command_that_mends_it() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    stack.ollama.remove_models();
    let status = stack
        .fragment(Method::GET, "/chat/status")
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(status.contains("ollama pull"), "{status}");
    let mut page = stack.socket().await;
    page.say("hello?").await;
    let frames = page.until("#chat-note").await;
    assert!(
        frames.last().expect("a frame").contains("ollama pull"),
        "{frames:#?}"
    );
}

#[tokio::test]
async fn a_second_question_waits_for_the_first_answer() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    stack
        .ollama
        .script(Script::default().text("thinking").hold().done("stop"));
    page.say("one").await;
    page.until("thinking").await;
    page.say("two").await;
    let frames = page.until("#chat-note").await;
    assert!(
        frames.last().expect("a frame").contains("still answering"),
        "{frames:#?}"
    );
    assert_eq!(stack.ollama.asked().len(), 1);
}

#[tokio::test]
async fn another_profile_brings_its_own_conversation() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    page.say("hello from acme").await;
    page.until("class=\"usage\"").await;
    stack.pick_new_profile("Other").await;
    let frames = page.until("hx-swap=\"innerHTML swapEmpty:true\"").await;
    assert!(!frames.last().expect("a frame").contains("hello from acme"));
}
