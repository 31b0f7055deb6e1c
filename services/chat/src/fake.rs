//! A stand-in for Ollama: a server that speaks its HTTP protocol and says what a test tells it to, oddities included.
//!
//! It sits beside the real client, so that whoever changes one sees the other; tests of the gateway use it too.
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc, watch},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use script::Act;
pub use script::Script;

mod script;

/// A running stand-in; it stops when it is dropped.
pub struct FakeOllama {
    addr: SocketAddr,
    inner: Arc<Inner>,
    _stop: DropGuard,
}

#[derive(Default)]
struct Inner {
    models: Mutex<Vec<Value>>,
    scripts: Mutex<VecDeque<Script>>,
    pulls: Mutex<VecDeque<Script>>,
    loaded: Mutex<Vec<String>>,
    asked: watch::Sender<Vec<Value>>,
    left: watch::Sender<usize>,
    release: Notify,
}

impl FakeOllama {
    /// Starts one on a free port, with `llama3.2:latest` installed.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound port");
        let inner = Arc::<Inner>::default();
        let stop = CancellationToken::new();
        let server = axum::serve(listener, routes(inner.clone())).into_future();
        tokio::spawn(stop.clone().run_until_cancelled_owned(server));
        let fake = Self {
            addr,
            inner,
            _stop: stop.drop_guard(),
        };
        fake.install("llama3.2:latest", "3.2B", &["completion", "tools"]);
        fake
    }

    /// Returns its address, as `OLLAMA_HOST` takes it.
    pub fn host(&self) -> String {
        self.addr.to_string()
    }

    /// Installs a model.
    pub fn install(&self, name: &str, parameter_size: &str, capabilities: &[&str]) {
        lock(&self.inner.models).push(json!({
            "name": name, "model": name, "size": 2_000_000_000_i64, "digest": "0",
            "details": { "family": "llama", "parameter_size": parameter_size },
            "capabilities": capabilities,
            "model_info": { "llama.context_length": 8192 },
        }));
    }

    /// Brings a model into memory.
    pub fn load(&self, name: &str) {
        lock(&self.inner.loaded).push(name.to_owned());
    }

    /// Says how the next model is got; without a script it comes in two steps and is installed then.
    pub fn script_pull(&self, script: Script) {
        lock(&self.inner.pulls).push_back(script);
    }

    /// Removes every model.
    pub fn remove_models(&self) {
        lock(&self.inner.models).clear();
    }

    /// Says what the next answer is; without a script it repeats the question word by word.
    pub fn script(&self, script: Script) {
        lock(&self.inner.scripts).push_back(script);
    }

    /// Lets a script that holds go on.
    pub fn release(&self) {
        self.inner.release.notify_one();
    }

    /// Returns the bodies of the requests for answers so far.
    pub fn asked(&self) -> Vec<Value> {
        self.inner.asked.borrow().clone()
    }

    /// Waits until that many answers were asked for.
    pub async fn until_asked(&self, count: usize) {
        let mut asked = self.inner.asked.subscribe();
        let _ = asked.wait_for(|asked| asked.len() >= count).await;
    }

    /// Waits until that many clients left before their answer's end.
    pub async fn until_left(&self, count: usize) {
        let mut left = self.inner.left.subscribe();
        let _ = left.wait_for(|left| *left >= count).await;
    }
}

fn routes(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/", get("Ollama is running"))
        .route(
            "/api/version",
            get(|| async { Json(json!({ "version": "0.0.0" })) }),
        )
        .route("/api/tags", get(tags))
        .route("/api/ps", get(ps))
        .route("/api/show", post(show))
        .route("/api/pull", post(pull))
        .route("/api/chat", post(chat))
        .with_state(inner)
}

async fn tags(State(inner): State<Arc<Inner>>) -> Json<Value> {
    Json(json!({ "models": *lock(&inner.models) }))
}

async fn ps(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let loaded = lock(&inner.loaded);
    let models: Vec<Value> = loaded.iter().map(|name| json!({ "name": name })).collect();
    Json(json!({ "models": models }))
}

async fn pull(State(inner): State<Arc<Inner>>, Json(request): Json<Value>) -> Response {
    let script = lock(&inner.pulls).pop_front();
    let script = script.unwrap_or_else(|| {
        let name = request["model"].as_str().unwrap_or_default();
        lock(&inner.models).push(json!({ "name": name, "model": name }));
        Script::pulls(&[50, 100])
    });
    played(inner, script).await
}

async fn show(State(inner): State<Arc<Inner>>, Json(request): Json<Value>) -> Response {
    match inner.model(&request) {
        Some(model) => Json(model).into_response(),
        None => missing(&request),
    }
}

async fn chat(State(inner): State<Arc<Inner>>, Json(request): Json<Value>) -> Response {
    inner.asked.send_modify(|asked| asked.push(request.clone()));
    if inner.model(&request).is_none() {
        return missing(&request);
    }
    let script = lock(&inner.scripts).pop_front();
    let script = script.unwrap_or_else(|| echo(&request));
    played(inner, script).await
}

async fn played(inner: Arc<Inner>, script: Script) -> Response {
    if let Some((status, error)) = script.refusal {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, Json(json!({ "error": error }))).into_response();
    }
    let (bytes, mut body) = mpsc::channel(1);
    tokio::spawn(inner.play(script.acts, bytes));
    // The status goes out with the first bytes and not before, as with a model that is being loaded.
    let first = stream::iter(body.recv().await);
    let body = Body::from_stream(first.chain(ReceiverStream::new(body)));
    ([("content-type", "application/x-ndjson")], body).into_response()
}

impl Inner {
    async fn play(
        self: Arc<Self>,
        acts: Vec<Act>,
        bytes: mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
    ) {
        for act in acts {
            let act = async {
                match act {
                    Act::Send(line) => drop(bytes.send(Ok(line)).await),
                    Act::Hold => self.release.notified().await,
                    Act::Wait(time) => tokio::time::sleep(time).await,
                    Act::Abort => drop(bytes.send(Err(std::io::Error::other("aborted"))).await),
                }
            };
            tokio::select! {
                biased;
                () = bytes.closed() => return self.left.send_modify(|left| *left += 1),
                () = act => {}
            }
        }
    }

    fn model(&self, request: &Value) -> Option<Value> {
        let wanted = request["model"].as_str()?;
        let models = lock(&self.models);
        let named = |name: &str| name == wanted || name.strip_suffix(":latest") == Some(wanted);
        models
            .iter()
            .find(|model| model["name"].as_str().is_some_and(named))
            .cloned()
    }
}

fn missing(request: &Value) -> Response {
    let error = format!(
        "model '{}' not found",
        request["model"].as_str().unwrap_or_default()
    );
    (StatusCode::NOT_FOUND, Json(json!({ "error": error }))).into_response()
}

fn echo(request: &Value) -> Script {
    let last = request["messages"]
        .as_array()
        .and_then(|messages| messages.last());
    let said = last
        .and_then(|message| message["content"].as_str())
        .unwrap_or_default();
    let words: Vec<&str> = "You said: "
        .split_inclusive(' ')
        .chain(said.split_inclusive(' '))
        .collect();
    Script::says(&words)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
