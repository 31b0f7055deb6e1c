//! What the network and those who answer on it can do wrong.
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use proto::botify::ListAnalysesRequest;
use tonic::Code;

use crate::support::{Service, Stranger, home};

const ONE: &str = r#"{"results": [{"slug": "one"}], "next": null}"#;

/// Answers each request with what `answer` says to its number, from 0, and counts them.
fn counted(
    answer: impl Fn(usize) -> Response + Clone + Send + Sync + 'static,
) -> (Router, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let handler = async move || answer(counter.fetch_add(1, Ordering::SeqCst));
    (Router::new().route("/projects/org", get(handler)), count)
}

async fn connected(routes: Router) -> (Service, tempfile::TempDir) {
    let home = home();
    let mut service = Service::facing(&home, routes).await;
    service.connect("demo-token").await.expect("connected");
    (service, home)
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_followed() {
    let stranger = Stranger::default();
    let next = stranger.serve().await;
    let page =
        format!(r#"{{"results": [{{"slug": "one"}}], "next": "{next}/projects/org?page=2"}}"#);
    let (routes, _) = counted(move |_| page.clone().into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("not followed");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status.message().contains("another host"),
        "{}",
        status.message()
    );
    assert_eq!(stranger.visits(), 0);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let stranger = Stranger::default();
    let elsewhere = stranger.serve().await;
    let (routes, count) = counted(move |_| Redirect::temporary(&elsewhere).into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("not followed");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status.message().contains("redirect"),
        "{}",
        status.message()
    );
    assert_eq!(stranger.visits(), 0);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn listings_are_followed_to_their_end_on_our_own_host() {
    let (routes, _) = counted(|n| {
        let next = match n {
            2 => "null".to_owned(),
            _ => format!(r#""/v1/projects/org?page={}""#, n + 2),
        };
        format!(r#"{{"results": [{{"slug": "p{n}"}}], "next": {next}}}"#).into_response()
    });
    let (mut service, _home) = connected(routes).await;
    let projects = service.projects("org").await.expect("three pages");
    let slugs: Vec<&str> = projects.iter().map(|p| p.slug.as_str()).collect();
    assert_eq!(slugs, ["p0", "p1", "p2"]);
    assert_eq!(projects[0].owner, "org");
}

#[tokio::test]
async fn a_listing_that_leads_back_to_itself_ends() {
    let (routes, count) =
        counted(|_| r#"{"results": [], "next": "/v1/projects/org?page=2"}"#.into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("no end");
    assert!(
        status.message().contains("without end"),
        "{}",
        status.message()
    );
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_web_page_where_json_should_be_is_named_as_such() {
    let (routes, _) = counted(|_| Html("<h1>Maintenance</h1>").into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("no JSON");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status
            .message()
            .ends_with("answers with a web page instead of JSON")
    );
}

#[tokio::test]
async fn a_bare_array_is_a_listing_too() {
    let (routes, _) = counted(|_| r#"[{"slug": 7, "name": "Seven"}]"#.into_response());
    let (mut service, _home) = connected(routes).await;
    assert_eq!(
        service.projects("org").await.expect("projects")[0].slug,
        "7"
    );
}

#[tokio::test]
async fn trouble_that_passes_goes_unnoticed() {
    let (routes, count) = counted(|n| match n {
        0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        1 => StatusCode::BAD_GATEWAY.into_response(),
        _ => ONE.into_response(),
    });
    let (mut service, _home) = connected(routes).await;
    assert_eq!(service.projects("org").await.expect("projects").len(), 1);
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn trouble_that_stays_is_told_after_four_tries() {
    let (routes, count) = counted(|_| (StatusCode::SERVICE_UNAVAILABLE, "<html>").into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("trouble");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "Botify has trouble of its own (HTTP 503)");
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn the_pause_botify_asks_for_is_kept() {
    let (routes, _) = counted(|n| match n {
        0 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response(),
        _ => ONE.into_response(),
    });
    let (mut service, _home) = connected(routes).await;
    let start = Instant::now();
    service.projects("org").await.expect("projects");
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn too_many_requests_to_the_end_is_an_exhausted_resource() {
    let (routes, count) =
        counted(|_| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("too many");
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_definite_no_is_told_at_once_with_botifys_words() {
    for (answer, code) in [
        (StatusCode::UNAUTHORIZED, Code::Unauthenticated),
        (StatusCode::FORBIDDEN, Code::PermissionDenied),
        (StatusCode::BAD_REQUEST, Code::InvalidArgument),
        (StatusCode::UNPROCESSABLE_ENTITY, Code::InvalidArgument),
    ] {
        let (routes, count) =
            counted(move |_| (answer, r#"{"detail": "because"}"#).into_response());
        let (mut service, _home) = connected(routes).await;
        let status = service.projects("org").await.expect_err("no");
        assert_eq!(status.code(), code);
        assert!(
            status.message().ends_with(": because"),
            "{}",
            status.message()
        );
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let (routes, _) = counted(|_| " ".repeat((32 << 20) + 1).into_response());
    let (mut service, _home) = connected(routes).await;
    let status = service.projects("org").await.expect_err("too long");
    assert!(
        status.message().ends_with("more than 32 MB"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn an_api_that_is_not_there_is_unavailable_in_a_sentence() {
    let nowhere = "http://127.0.0.1:1/v1";
    let home = home();
    let mut service = Service::start(home.path(), nowhere, nowhere).await;
    let status = service
        .connect("demo-token")
        .await
        .expect_err("nobody there");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(
        status.message(),
        "http://127.0.0.1:1/v1 is not there; is the sandbox running?"
    );
}

#[tokio::test]
async fn counts_may_be_text_and_unfinished_analyses_are_left_out() {
    let analyses = r#"[{"slug": "20250101", "urls_done": "12", "status": "success"},
        {"slug": "20250102", "urls_done": 7}, {"slug": "20250103", "status": "crawling"}]"#;
    let routes = Router::new().route("/analyses/org/site/light", get(async move || analyses));
    let (mut service, _home) = connected(routes).await;
    let request = ListAnalysesRequest {
        owner: "org".to_owned(),
        project: "site".to_owned(),
    };
    let answer = service
        .client
        .list_analyses(request)
        .await
        .expect("analyses");
    let counts: Vec<i64> = answer
        .into_inner()
        .analyses
        .iter()
        .map(|a| a.urls_done)
        .collect();
    assert_eq!(counts, [7, 12]);
}
