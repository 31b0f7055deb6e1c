use proto::storage::{ListTasksRequest, Task};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stack::Stack;

async fn add(stack: &Stack, name: &str) -> i64 {
    let answer = stack
        .page(Method::POST, "/task")
        .header("Accept", "application/json")
        .form(&[("name", name)])
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let task: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    task["id"].as_i64().expect("a number")
}

async fn tasks(stack: &Stack) -> Vec<Task> {
    stack
        .tasks()
        .list_tasks(ListTasksRequest::default())
        .await
        .expect("listed")
        .into_inner()
        .tasks
}

async fn names(stack: &Stack) -> Vec<String> {
    tasks(stack)
        .await
        .into_iter()
        .map(|task| task.name)
        .collect()
}

async fn post(stack: &Stack, path: &str, body: &str) -> (StatusCode, String) {
    let request = stack
        .fragment(Method::POST, path)
        .header("Content-Type", "application/x-www-form-urlencoded");
    let answer = request
        .body(body.to_owned())
        .send()
        .await
        .expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

#[tokio::test]
async fn renaming_a_done_todo_leaves_it_done() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = add(&stack, "one").await;
    let (_, row) = post(&stack, &format!("/task/toggle/{id}"), "done=true").await;
    assert!(row.contains("class=\"done\""), "{row}");
    let (status, row) = post(&stack, &format!("/task/{id}"), "name=eins").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        row.contains("class=\"done\"") && row.contains("eins"),
        "{row}"
    );
}

#[tokio::test]
async fn two_clicks_on_the_same_box_are_one_wish() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = add(&stack, "one").await;
    for _ in 0..2 {
        post(&stack, &format!("/task/toggle/{id}"), "done=true").await;
    }
    assert!(tasks(&stack).await[0].done);
}

#[tokio::test]
async fn todos_are_sorted_and_deleted() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let (a, b, c) = (
        add(&stack, "a").await,
        add(&stack, "b").await,
        add(&stack, "c").await,
    );
    let (status, _) = post(&stack, "/task/sort", &format!("id={c}&id={a}&id={b}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(names(&stack).await, ["c", "a", "b"]);
    let deleted = stack
        .fragment(Method::DELETE, &format!("/task/{a}"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        deleted.status(),
        StatusCode::OK,
        "204 would leave the row in the page"
    );
    assert_eq!(deleted.text().await.expect("a body"), "");
    assert_eq!(names(&stack).await, ["c", "b"]);
}

#[tokio::test]
async fn bad_input_is_refused_with_words_and_writes_nothing() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let id = add(&stack, "one").await;
    let long = format!("name={}", "x".repeat(501));
    for (path, body) in [
        ("/task".to_owned(), "name=+++"),
        ("/task".to_owned(), "name="),
        ("/task".to_owned(), ""),
        ("/task".to_owned(), "name=x&colour=red"),
        ("/task".to_owned(), long.as_str()),
        (format!("/task/{id}"), "name=+"),
        (format!("/task/toggle/{id}"), "done=maybe"),
        ("/task/sort".to_owned(), "id=one"),
        ("/task/sort".to_owned(), "id=1&id=1"),
        ("/profile".to_owned(), "name=%20"),
        ("/select_profile".to_owned(), "profile_id=none"),
    ] {
        let (status, words) = post(&stack, &path, body).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path} {body}: {words}"
        );
        assert!(!words.is_empty(), "{path} {body} is refused without a word");
    }
    for (path, form) in [
        ("/task/999", "name=x"),
        ("/task/toggle/999", "done=true"),
        ("/select_profile", "profile_id=999"),
    ] {
        assert_eq!(
            post(&stack, path, form).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let broken = stack
        .page(Method::POST, "/task")
        .header("Content-Type", "application/json")
        .body("{\"name\": ")
        .send()
        .await;
    assert_eq!(
        broken.expect("an answer").status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(names(&stack).await, ["one"]);
}

#[tokio::test]
async fn lists_and_writes_have_a_json_twin() {
    let stack = Stack::start().await;
    let profile = stack.pick_new_profile("Acme").await;
    let id = add(&stack, "one").await;
    let listed = stack
        .page(Method::GET, "/task")
        .header("Accept", "application/json")
        .send()
        .await
        .expect("an answer");
    let listed: Value = serde_json::from_str(&listed.text().await.expect("a body")).expect("JSON");
    assert_eq!(
        listed,
        json!([{ "id": id, "name": "one", "done": false, "priority": 1, "profile_id": profile.id }])
    );
    let refused = stack
        .page(Method::POST, "/task")
        .header("Accept", "application/json")
        .header("Content-Type", "application/json")
        .body("{\"name\": \"\"}")
        .send()
        .await
        .expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused: Value =
        serde_json::from_str(&refused.text().await.expect("a body")).expect("JSON");
    assert!(refused["fields"]["name"].is_string(), "{refused}");
}

#[tokio::test]
async fn a_profile_with_todos_is_kept() {
    let stack = Stack::start().await;
    let profile = stack.pick_new_profile("Acme").await;
    add(&stack, "one").await;
    let kept = stack
        .fragment(Method::DELETE, &format!("/profile/{}", profile.id))
        .send()
        .await
        .expect("an answer");
    assert_eq!(kept.status(), StatusCode::CONFLICT);
    assert!(kept.text().await.expect("a body").contains("toast"));
    assert_eq!(names(&stack).await, ["one"]);
}
