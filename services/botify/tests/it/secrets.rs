//! The token: where it is kept, and where it never shows.
use std::{
    io,
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
};

use axum::{Router, http::StatusCode, routing::get};
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Service, home, sandbox};

const CANARY: &str = "demo-canary-0123456789abcdef";
const FILE: &str = "botify-token";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1/v1";

#[tokio::test]
async fn the_token_outlives_a_restart_in_a_file_for_the_user_alone() {
    let (home, api) = (home(), sandbox().await);
    let kept = home.path().join(FILE);
    {
        let mut service = Service::start(home.path(), &api, NOWHERE).await;
        service.connect("demo-a").await.expect("connected");
        let mode = std::fs::metadata(&kept)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let mut service = Service::start(home.path(), &api, NOWHERE).await;
    let connection = service.connection().await;
    assert!(connection.connected && connection.sandbox);
    assert_eq!(connection.username, "demo.visitor");
    assert!(!service.disconnect().await.connected);
    assert!(!kept.exists());
    assert!(!service.connection().await.connected);
}

#[tokio::test]
async fn a_token_for_another_api_counts_as_none() {
    let home = home();
    let mut service = Service::start(home.path(), &sandbox().await, NOWHERE).await;
    service.connect("demo-a").await.expect("connected");
    let mut service = Service::start(home.path(), "https://api.botify.invalid/v1", NOWHERE).await;
    assert!(!service.connection().await.connected);
    let status = service.projects("").await.expect_err("not connected");
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_wrong_token_leaves_everything_as_it_was() {
    let home = home();
    let mut service = Service::start(home.path(), &sandbox().await, NOWHERE).await;
    let status = service.connect("revoked").await.expect_err("refused");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(std::fs::read_dir(home.path()).expect("home").count(), 0);
    service.connect("demo-a").await.expect("connected");
    service.connect("revoked").await.expect_err("refused");
    assert!(service.connection().await.connected);
}

#[tokio::test]
async fn tokens_that_can_not_be_are_refused_without_a_call() {
    let home = home();
    let mut service = Service::start(home.path(), NOWHERE, NOWHERE).await;
    for token in ["", "  ", "Token abc", "a\nb", "é", &"a".repeat(501)] {
        let status = service.connect(token).await.expect_err("refused");
        assert_eq!(status.code(), Code::InvalidArgument, "{token:?}");
        assert_eq!(proto::status::violations(&status)[0].0, "token");
    }
}

/// Keeps every log line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("alive").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_token_shows_neither_in_logs_nor_in_failures() {
    let lines = Lines::default();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    // For all tests of this binary: what one thread alone listens to, another may have switched off.
    tracing::subscriber::set_global_default(everything).expect("no other test sets one");
    let echo = (
        StatusCode::BAD_REQUEST,
        format!(r#"{{"error": {{"message": "bad {CANARY}"}}}}"#),
    );
    let routes = Router::new()
        .route("/projects/echo", get(async move || echo))
        .route("/projects/broken", get(async || "<html>"));
    let home = home();
    let mut service = Service::facing(&home, routes).await;
    service.connect(CANARY).await.expect("connected");
    let mut said = String::new();
    for owner in ["echo", "broken", "missing"] {
        said += &format!("{:?}", service.projects(owner).await.expect_err("failed"));
    }
    std::fs::write(
        home.path().join(FILE),
        format!(r#"{{"token": ["{CANARY}"]}}"#),
    )
    .expect("nonsense");
    assert!(!service.connection().await.connected);

    let logged = String::from_utf8_lossy(&lines.0.lock().expect("alive")).into_owned();
    assert!(
        logged.contains("/v1/projects/echo"),
        "the log shows no call"
    );
    assert!(logged.contains("the token file can not be read"));
    assert!(!logged.contains(CANARY), "the log shows the token");
    assert!(said.contains("bad ***"), "{said}");
    assert!(!said.contains(CANARY), "a failure shows the token");
}
