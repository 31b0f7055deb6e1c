//! What strangers get.
use proto::storage::ListTasksRequest;
use reqwest::{Method, StatusCode};

use crate::stack::Stack;

/// Every address that changes something or streams.
const DOORS: &[(&str, &str)] = &[
    ("POST", "/task"),
    ("POST", "/task/1"),
    ("DELETE", "/task/1"),
    ("POST", "/task/toggle/1"),
    ("POST", "/task/sort"),
    ("POST", "/profile"),
    ("POST", "/profile/1"),
    ("DELETE", "/profile/1"),
    ("POST", "/profile/toggle/1"),
    ("POST", "/profile/sort"),
    ("POST", "/select_profile"),
    ("POST", "/chat"),
    ("POST", "/chat/action/1"),
    ("POST", "/settings/policy/task_insert"),
    ("POST", "/chat/message/1"),
    ("DELETE", "/chat/message/1"),
    ("POST", "/chat/message/1/again"),
    ("POST", "/chat/model"),
    ("POST", "/chat/import"),
    ("POST", "/chat/pull"),
    ("POST", "/chat/pull/stop"),
    ("POST", "/connect_with_botify"),
    ("POST", "/connect_with_botify/disconnect"),
    ("POST", "/workflow/hello"),
    ("POST", "/workflow/hello/x/step_01"),
    ("GET", "/sse"),
];

#[tokio::test]
async fn pages_of_others_change_nothing_and_hear_nothing() {
    let stack = Stack::start().await;
    stack.pick_new_profile("Acme").await;
    for (method, path) in DOORS {
        let method: Method = method.parse().expect("a method");
        for origin in [
            None,
            Some("null"),
            Some("https://evil.test"),
            Some("http://127.0.0.1:1"),
        ] {
            let mut request = stack.stranger(method.clone(), path).body("name=stolen");
            if let Some(origin) = origin {
                request = request
                    .header("Origin", origin)
                    .header("Sec-Fetch-Site", "cross-site");
            }
            let answer = request.send().await.expect("an answer");
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{method} {path} from {origin:?}"
            );
        }
    }
    for origin in [None, Some("null"), Some("https://evil.test")] {
        assert!(
            stack.refuses_socket(origin).await,
            "a socket from {origin:?}"
        );
    }
    let left = stack
        .tasks()
        .list_tasks(ListTasksRequest::default())
        .await
        .expect("listed")
        .into_inner();
    assert!(left.tasks.is_empty());
}

#[tokio::test]
async fn other_names_for_this_machine_are_not_served() {
    let stack = Stack::start().await;
    for path in [
        "/",
        "/task",
        "/sse",
        "/ws",
        "/health",
        "/static/app.js",
        "/nowhere",
    ] {
        for host in ["evil.test", "localhost", "0.0.0.0:5001"] {
            let answer = stack
                .stranger(Method::GET, path)
                .header("Host", host)
                .send()
                .await
                .expect("an answer");
            assert_eq!(
                answer.status(),
                StatusCode::MISDIRECTED_REQUEST,
                "{path} as {host}"
            );
            assert!(answer.text().await.expect("a body").len() < 100);
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let stack = Stack::start().await;
    for path in ["/", "/nowhere", "/static/app.js", "/health"] {
        let answer = stack.get(path).await;
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
    let page = stack.body("/task").await;
    for inline in [" style=", "<style", " onclick", "<script>", "javascript:"] {
        assert!(
            !page.contains(inline),
            "{inline} would be refused by our own policy"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_and_an_unknown_method_are_refused() {
    let stack = Stack::start().await;
    let large = stack
        .page(Method::POST, "/task")
        .body("name=".to_owned() + &"x".repeat(2_000_000))
        .send()
        .await
        .expect("an answer");
    assert!(large.status().is_client_error(), "{}", large.status());
    let put = stack
        .page(Method::PUT, "/task")
        .send()
        .await
        .expect("an answer");
    assert_eq!(put.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn picking_a_profile_leads_to_our_own_pages_alone() {
    let stack = Stack::start().await;
    let profile = stack.pick_new_profile("Acme").await;
    for (back, lands) in [
        ("/task", "/task"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("", "/"),
    ] {
        let form = [
            ("profile_id", profile.id.to_string()),
            ("back", back.to_owned()),
        ];
        let answer = stack
            .page(Method::POST, "/select_profile")
            .form(&form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.headers()["location"], lands, "{back}");
    }
}
