use reqwest::{Method, StatusCode};

use crate::stack::Stack;

#[tokio::test]
async fn every_app_opens_as_a_page_with_its_title_and_the_same_shell() {
    let stack = Stack::start().await;
    for app in gateway::apps::APPS {
        let path = gateway::page::home_of(app.slug);
        let answer = stack.get(&path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let body = answer.text().await.expect("a body");
        for part in [
            "<!DOCTYPE html>",
            "id=\"content-container\"",
            "id=\"chat-interface\"",
            "id=\"msg-list\"",
            "id=\"send-btn\"",
            app.title,
        ] {
            assert!(body.contains(part), "{part} is missing at {path}");
        }
        assert_eq!(body.matches("<h1>").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_fragment_comes_without_the_shell_and_a_step_back_with_it() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    let fragment = stack
        .fragment(Method::GET, "/task")
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(fragment.contains("todo-list") && !fragment.contains("<!DOCTYPE"));
    let back = stack
        .page(Method::GET, "/task")
        .header("HX-History-Restore-Request", "true")
        .send()
        .await
        .expect("an answer");
    assert!(back.text().await.expect("a body").contains("<!DOCTYPE"));
}

#[tokio::test]
async fn the_menu_name_is_shown_instead_of_the_real_one() {
    let stack = Stack::start().await;
    let form = [("name", "Secret GmbH"), ("menu_name", "Client A")];
    let answer = stack
        .page(Method::POST, "/profile")
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let body = stack.body("/task").await;
    assert!(body.contains("Client A") && !body.contains("Secret"));
    assert!(body.contains("<title>Todos / Client A"));
}

#[tokio::test]
async fn an_address_without_a_page_is_404_in_every_form() {
    let stack = Stack::start().await;
    assert_eq!(stack.get("/nowhere").await.status(), StatusCode::NOT_FOUND);
    for path in [
        "/nowhere",
        "/workflow/nowhere",
        "/workflow/hello/nowhere",
        "/static/nowhere.js",
        "/static/../Cargo.toml",
    ] {
        let answer = stack
            .fragment(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let json = stack
        .page(Method::GET, "/nowhere")
        .header("Accept", "application/json")
        .send()
        .await
        .expect("an answer");
    assert_eq!(json.status(), StatusCode::NOT_FOUND);
    assert!(json.text().await.expect("a body").starts_with('{'));
}

#[tokio::test]
async fn hello_runs_to_its_end_and_is_found_again_by_its_key() {
    let stack = Stack::start().await;
    let post = |path: &'static str, form: Vec<(String, String)>| {
        let request = stack.page(Method::POST, path).form(&form);
        async move { request.send().await.expect("an answer") }
    };
    let started = post(
        "/workflow/hello",
        vec![("url".to_owned(), "mine".to_owned())],
    )
    .await;
    assert_eq!(started.headers()["location"], "/workflow/hello/mine");
    let page = stack.body("/workflow/hello/mine").await;
    let fields: Vec<&str> = page
        .split("<form action=\"/workflow/hello/mine/")
        .skip(1)
        .collect();
    assert_eq!(fields.len(), 1, "one step is open");
    let refused = post("/workflow/hello/mine/step_01", vec![]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = post(
        "/workflow/hello/mine/step_01",
        vec![("nonsense".to_owned(), "x".to_owned())],
    )
    .await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let locked = post("/workflow/hello/mine/step_03", vec![]).await;
    assert_ne!(locked.status(), StatusCode::SEE_OTHER);
    assert!(
        stack
            .body("/workflow/hello")
            .await
            .contains("/workflow/hello/mine")
    );
}

#[tokio::test]
async fn assets_are_served_with_their_kind_and_kept() {
    let stack = Stack::start().await;
    for (path, kind) in [
        ("/static/app.js", "text/javascript"),
        ("/static/vendor/pico.min.css", "text/css"),
    ] {
        let answer = stack.get(path).await;
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .expect("text")
                .starts_with(kind)
        );
        assert!(
            answer.headers()["cache-control"]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
    }
    let page = stack.body("/").await;
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "a page loads from here alone"
    );
}

#[tokio::test]
async fn the_sandbox_connects_and_a_bad_token_is_told_in_place() {
    let stack = Stack::start().await;
    let connect = |token: &'static str| {
        let request = stack
            .fragment(Method::POST, "/connect_with_botify")
            .form(&[("token", token)]);
        async move {
            request
                .send()
                .await
                .expect("an answer")
                .text()
                .await
                .expect("a body")
        }
    };
    assert!(connect("").await.contains("id=\"token\""));
    let connected = connect("sandbox").await;
    assert!(connected.contains("This is the sandbox"), "{connected}");
    let projects = stack
        .fragment(Method::GET, "/connect_with_botify/projects")
        .send()
        .await
        .expect("an answer");
    assert!(projects.text().await.expect("a body").contains("<summary>"));
}
