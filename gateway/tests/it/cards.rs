use chat::fake::Script;
use proto::{
    chat::{RunActionRequest, chat_service_client::ChatServiceClient},
    storage::{CreateTaskRequest, ListTasksRequest},
};
use reqwest::{Method, StatusCode};
use runtime::grpc::Client;

use crate::stack::{Socket, Stack};

async fn names(stack: &Stack) -> Vec<String> {
    let listed = stack.tasks().list_tasks(ListTasksRequest::default()).await;
    let tasks = listed.expect("listed").into_inner().tasks;
    tasks.into_iter().map(|task| task.name).collect()
}

async fn create(stack: &Stack, name: &str) -> i64 {
    let request = CreateTaskRequest {
        name: name.to_owned(),
        profile_id: None,
    };
    let created = stack.tasks().create_task(request).await.expect("created");
    created.into_inner().task.expect("a task").id
}

/// Returns the number of the card in the last of these frames.
fn card(frames: &[String]) -> i64 {
    let frame = frames.last().expect("a frame");
    let id = frame
        .split("/chat/action/")
        .nth(1)
        .expect("a card with buttons");
    id.split('"')
        .next()
        .expect("its number")
        .parse()
        .expect("a number")
}

async fn decide(stack: &Stack, id: i64, decision: &str) -> StatusCode {
    let request = stack.fragment(Method::POST, &format!("/chat/action/{id}"));
    let answer = request.form(&[("decision", decision)]).send().await;
    answer.expect("an answer").status()
}

/// Lets the model ask for an action and returns the frames up to its card.
async fn ask(stack: &Stack, page: &mut Socket, json: &str, state: &str) -> Vec<String> {
    stack.ollama.script(Script::says(&[json]));
    stack.ollama.script(Script::says(&["Very well."]));
    page.say("please").await;
    page.until(state).await
}

#[tokio::test]
async fn the_model_adds_a_todo_and_undo_takes_it_back() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    let insert = r#"{"action":"insert","target":"task","args":{"name":"Buy milk"}}"#;
    let frames = ask(&stack, &mut page, insert, "class=\"action done\"").await;
    assert_eq!(names(&stack).await, ["Buy milk"]);
    assert_eq!(decide(&stack, card(&frames), "undo").await, StatusCode::OK);
    page.until("class=\"action undone\"").await;
    assert!(names(&stack).await.is_empty());
}

#[tokio::test]
async fn the_answer_that_asked_for_an_action_is_shown_complete_before_the_next_one_begins() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let mut page = stack.socket().await;
    let insert = r#"{"action":"insert","target":"task","args":{"name":"Buy milk"}}"#;
    let mut frames = ask(&stack, &mut page, insert, "class=\"action done\"").await;
    frames.extend(page.until("Very well.</p>").await);
    let shows = |part: &str| {
        frames
            .iter()
            .rev()
            .find(|frame| frame.contains(part))
            .expect("shown")
    };
    assert!(!shows("id=\"m-2\"").contains("aria-busy"), "{frames:#?}");
}

#[tokio::test]
async fn a_delete_waits_for_the_person_and_a_reload_shows_the_same_card() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = create(&stack, "precious").await;
    let mut page = stack.socket().await;
    let delete = format!(r#"{{"action":"delete","target":"task","args":{{"id":{id}}}}}"#);
    let frames = ask(&stack, &mut page, &delete, "class=\"action waiting\"").await;
    assert!(
        frames
            .last()
            .expect("a frame")
            .contains("<del>precious</del>")
    );
    assert_eq!(names(&stack).await, ["precious"]);
    assert!(
        stack
            .body("/task")
            .await
            .contains("class=\"action waiting\"")
    );

    let waiting = card(&frames);
    assert_eq!(
        decide(&stack, waiting, "always").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(decide(&stack, waiting, "decline").await, StatusCode::OK);
    page.until("class=\"action declined\"").await;
    assert_eq!(names(&stack).await, ["precious"]);
    assert_eq!(
        decide(&stack, waiting, "allow").await,
        StatusCode::CONFLICT,
        "decided is decided"
    );
    assert!(
        stack
            .body("/task")
            .await
            .contains("class=\"action declined\"")
    );
}

#[tokio::test]
async fn an_allowed_delete_happens_and_can_be_undone() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = create(&stack, "old").await;
    let mut page = stack.socket().await;
    let delete = format!(r#"{{"action":"delete","target":"task","args":{{"id":{id}}}}}"#);
    let frames = ask(&stack, &mut page, &delete, "class=\"action waiting\"").await;
    decide(&stack, card(&frames), "allow").await;
    page.until("class=\"action done\"").await;
    assert!(names(&stack).await.is_empty());
    decide(&stack, card(&frames), "undo").await;
    page.until("class=\"action undone\"").await;
    assert_eq!(names(&stack).await, ["old"]);
}

#[tokio::test]
async fn a_policy_set_on_the_settings_page_holds_and_deletes_can_not_run_by_themselves() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let set = |tool: &str, policy: &'static str| {
        let request = stack
            .fragment(Method::POST, &format!("/settings/policy/{tool}"))
            .form(&[("policy", policy)]);
        async move { request.send().await.expect("an answer").status() }
    };
    assert_eq!(
        set("task_delete", "run").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(set("task_insert", "never").await, StatusCode::OK);
    assert_eq!(set("nothing_such", "ask").await, StatusCode::NOT_FOUND);
    let mut page = stack.socket().await;
    let insert = r#"{"action":"insert","target":"task","args":{"name":"x"}}"#;
    ask(&stack, &mut page, insert, "class=\"action refused\"").await;
    assert!(names(&stack).await.is_empty());
}

#[tokio::test]
async fn a_json_frame_on_the_socket_runs_under_the_same_policy() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = create(&stack, "one").await;
    let mut page = stack.socket().await;
    page.say(&format!(
        r#"{{"action":"toggle","target":"task","args":{{"id":{id}}}}}"#
    ))
    .await;
    page.until("class=\"action done\"").await;
    page.say(&format!(
        r#"{{"action":"delete","target":"task","args":{{"id":{id}}}}}"#
    ))
    .await;
    page.until("class=\"action waiting\"").await;
    assert_eq!(names(&stack).await, ["one"]);
}

#[tokio::test]
async fn without_a_picked_profile_everybody_means_the_first_of_the_menu() {
    let stack = Stack::start().await;
    let form = [("name", "Acme")];
    stack
        .page(Method::POST, "/profile")
        .form(&form)
        .send()
        .await
        .expect("an answer");
    let mut page = stack.socket().await;
    let request = RunActionRequest {
        action: "insert".to_owned(),
        target: "task".to_owned(),
        args: Some(proto::json::to_struct(
            [("name".to_owned(), "mine".into())].into_iter().collect(),
        )),
        ..RunActionRequest::default()
    };
    let ran = ChatServiceClient::new(Client::new(&stack.chat, "test"))
        .run_action(request)
        .await;
    ran.expect("a card");
    page.until("class=\"action done\"").await;
    assert!(stack.body("/task").await.contains("mine"));
}
