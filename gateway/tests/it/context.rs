//! What the model is told about the page, and how the person sees it.
use proto::storage::{CreateTaskRequest, Role, SetSettingRequest, UpdateProfileRequest};
use reqwest::{Method, StatusCode};

use crate::stack::Stack;

const TASK: &str = "http://localhost:5001/task";

/// The drawer as a page at `url` opens it.
async fn drawer(stack: &Stack, url: &str) -> String {
    let request = stack.fragment(Method::GET, "/chat/context");
    let answer = request.header("HX-Current-URL", url).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.expect("a body")
}

/// The system message that the model gets with the next question from a page at `url`.
async fn told(stack: &Stack, url: &str) -> String {
    let mut page = stack.socket().await;
    page.say(&format!(
        r#"{{"text":"hi","headers":{{"HX-Current-URL":"{url}"}}}}"#
    ))
    .await;
    page.until("class=\"usage\"").await;
    let asked = stack.ollama.asked();
    let message = &asked.last().expect("a question")["messages"][0];
    message["content"].as_str().expect("text").to_owned()
}

async fn enter(stack: &Stack, url: &str) {
    let request = stack.fragment(Method::POST, "/app/enter");
    let answer = request.header("HX-Current-URL", url).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_model_is_told_what_the_page_shows_and_never_the_real_name() {
    let stack = Stack::start().await;
    let profile = stack.pick_new_profile("Real Ltd").await;
    let renamed = UpdateProfileRequest {
        id: Some(profile.id),
        menu_name: Some("Client A".to_owned()),
        ..UpdateProfileRequest::default()
    };
    stack
        .profiles()
        .update_profile(renamed)
        .await
        .expect("renamed");
    for name in ["Fix titles", "Find\nbroken links"] {
        let task = CreateTaskRequest {
            name: name.to_owned(),
            profile_id: Some(profile.id),
        };
        stack.tasks().create_task(task).await.expect("added");
    }
    let tone = SetSettingRequest {
        key: "chat.tone".to_owned(),
        value: "sassy".to_owned(),
    };
    stack.settings().set_setting(tone).await.expect("set");

    let system = told(&stack, TASK).await;
    let newest = system.find("Find broken links").expect("the newest todo");
    let oldest = system.find("Fix titles").expect("the oldest todo");
    assert!(newest < oldest, "{system}");
    assert!(system.contains("Client A") && system.contains("a sassy tone"));
    assert!(!system.contains("Real Ltd"), "{system}");
    let profiles = told(&stack, "/profile").await;
    assert!(profiles.contains("Client A") && !profiles.contains("Real Ltd"));
    assert!(!profiles.contains("Fix titles"), "another page is in front");
}

#[tokio::test]
async fn the_drawer_shows_word_for_word_what_is_sent() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme & <b>Sons</b>").await;
    let drawer = drawer(&stack, TASK).await;
    let system = told(&stack, TASK).await;
    let escaped = system
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    assert!(drawer.contains(&escaped), "{drawer}\n\n{escaped}");
    assert!(drawer.contains("an estimate") && drawer.contains("llama3.2:latest"));
}

#[tokio::test]
async fn a_prompt_file_shows_at_the_next_question() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    assert!(!told(&stack, TASK).await.contains("pirate"));
    let folder = stack.home().join("prompts");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("task.md"), "Talk like a pirate.").expect("a prompt");
    let system = told(&stack, TASK).await;
    assert!(system.contains("pirate") && !system.contains("The page in front is Todos"));
}

#[tokio::test]
async fn the_run_in_front_is_told_step_by_step() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let started = stack
        .page(Method::POST, "/workflow/hello")
        .form(&[("url", "a-01")])
        .send()
        .await
        .expect("an answer");
    assert!(started.status().is_redirection(), "{}", started.status());
    let system = told(&stack, "http://localhost:5001/workflow/hello/a-01").await;
    assert!(system.contains("The run in front is: a-01."), "{system}");
    assert!(
        system.contains(", open\n") && system.contains("it asks for: "),
        "{system}"
    );
}

#[tokio::test]
async fn entering_an_app_says_once_what_can_be_done_there_and_the_model_is_not_told() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    enter(&stack, "/profile").await;
    enter(&stack, TASK).await;
    enter(&stack, TASK).await;
    let said = stack.messages().await;
    assert_eq!(said.len(), 1, "only the last one stays: {said:#?}");
    assert_eq!(said[0].role(), Role::System);
    assert!(said[0].text.contains("You are on Todos"), "{said:#?}");
    assert!(stack.body("/task").await.contains("You are on Todos"));

    told(&stack, TASK).await;
    let asked = stack.ollama.asked();
    assert!(!asked[0].to_string().contains("You are on Todos"));
    enter(&stack, TASK).await;
    assert_eq!(stack.messages().await.len(), 3, "no other app, no words");
    enter(&stack, "/").await;
    assert!(stack.messages().await[3].text.contains("You are on Home"));
}

#[tokio::test]
async fn looking_at_a_page_says_nothing() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    stack.body("/task").await;
    assert!(stack.messages().await.is_empty());
    let foreign = stack.stranger(Method::POST, "/app/enter").send().await;
    assert_eq!(foreign.expect("an answer").status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nothing_is_said_in_the_middle_of_an_answer() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    let script = chat::fake::Script::default()
        .text("one")
        .hold()
        .done("stop");
    stack.ollama.script(script);
    page.say("count").await;
    page.until("\"one\"").await;
    enter(&stack, TASK).await;
    assert_eq!(stack.messages().await.len(), 2);
    stack.ollama.release();
}
