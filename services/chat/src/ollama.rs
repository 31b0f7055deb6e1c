//! The client of Ollama's HTTP API: the one place that knows its protocol.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use reqwest::{Response, StatusCode, Url, redirect};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    error::Error,
    host::ModelHost,
    model::{Ask, Installed, Model, Piece, Pieces, Pulling},
};
use lines::Lines;

mod lines;
mod pull;
#[cfg(test)]
mod splits;
mod wire;

/// Bytes a line of an answer may have.
const MAX_LINE: usize = 1_000_000;
/// Bytes a reply that is no answer may have.
const MAX_REPLY: usize = 16_000_000;
/// Time for questions that need no model in memory, and time to connect.
const QUICK: Duration = Duration::from_secs(4);

/// Talks with one Ollama server. Cheap to clone.
#[derive(Clone)]
pub struct Ollama {
    http: reqwest::Client,
    host: ModelHost,
    /// What is known of each model that was seen to be there.
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

/// What is known of a model.
#[derive(Clone, Copy)]
struct Seen {
    thinks: bool,
    calls_tools: bool,
    /// 0 when it does not say.
    context_tokens: i64,
}

impl Ollama {
    /// Prepares calls; nothing is dialled before the first one.
    ///
    /// # Errors
    /// Says so when the HTTP client can not be made.
    pub fn new(host: ModelHost) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(QUICK)
            .redirect(redirect::Policy::none())
            .no_proxy() // words said here go to the model server and nowhere else
            .build()
            .map_err(Error::Http)?;
        Ok(Self {
            http,
            host,
            seen: Arc::default(),
        })
    }

    async fn tags(&self) -> Result<Vec<Installed>, Error> {
        let request = self.http.get(self.host.method("api/tags")).timeout(QUICK);
        let tags: wire::Tags = read(self.send(request, "").await?).await?;
        Ok(tags
            .models
            .unwrap_or_default()
            .into_iter()
            .map(Installed::from)
            .collect())
    }

    /// Returns the names of the models in memory; none when the server does not say.
    async fn loaded(&self) -> Vec<String> {
        let request = self.http.get(self.host.method("api/ps")).timeout(QUICK);
        let loaded = async { read::<wire::Loaded>(self.send(request, "").await?).await };
        let models = loaded.await.ok().and_then(|loaded| loaded.models);
        let models = models.unwrap_or_default().into_iter();
        models.map(|model| model.name).collect()
    }

    async fn all(&self) -> Result<Vec<Installed>, Error> {
        let (installed, loaded) = future::join(self.tags(), self.loaded()).await;
        let mut installed = installed?;
        for model in &mut installed {
            model.loaded = loaded.contains(&model.name);
        }
        Ok(installed)
    }

    async fn see(&self, model: &str) -> Result<Seen, Error> {
        let known = self.known().get(model).copied();
        if let Some(seen) = known {
            return Ok(seen);
        }
        let request = self.post(self.host.method("api/show"), &json!({ "model": model }));
        let shown: wire::Shown = read(self.send(request.timeout(QUICK), model).await?).await?;
        let can = |what: &str| shown.capabilities.iter().flatten().any(|c| c == what);
        let seen = Seen {
            context_tokens: shown.context_tokens().unwrap_or(0),
            thinks: can("thinking"),
            calls_tools: can("tools"),
        };
        self.known().insert(model.to_owned(), seen);
        Ok(seen)
    }

    async fn chat(&self, ask: Ask) -> Result<Pieces, Error> {
        let seen = self.see(&ask.model).await?;
        let body = wire::ChatRequest::new(&ask, seen.thinks);
        let request = self.post(self.host.method("api/chat"), &body);
        let answer = self.send(request, &ask.model).await;
        if answer.is_err() {
            self.known().remove(&ask.model); // it may be gone, or be another one by the same name
        }
        Ok(pieces(answer?, seen.context_tokens))
    }

    fn post(&self, url: Url, body: &impl Serialize) -> reqwest::RequestBuilder {
        self.http.post(url).json(body)
    }

    async fn send(&self, request: reqwest::RequestBuilder, model: &str) -> Result<Response, Error> {
        let response = request.send().await.map_err(|e| self.unreached(&e))?;
        match response.status() {
            StatusCode::OK => Ok(response),
            StatusCode::NOT_FOUND if !model.is_empty() => Err(Error::NotInstalled {
                model: model.to_owned(),
            }),
            StatusCode::SERVICE_UNAVAILABLE => Err(Error::Busy),
            StatusCode::BAD_REQUEST => Err(Error::Refused {
                reason: reason(response).await,
            }),
            _ => Err(Error::Failed {
                reason: reason(response).await,
            }),
        }
    }

    fn unreached(&self, error: &reqwest::Error) -> Error {
        let at = self.host.to_string();
        tracing::debug!(
            error = error as &dyn std::error::Error,
            at,
            "model server not reached"
        );
        if error.is_connect() {
            Error::NoServer { at }
        } else if error.is_timeout() {
            Error::Failed {
                reason: format!("{at} does not answer"),
            }
        } else {
            Error::Failed {
                reason: format!("{at} hung up"),
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model for Ollama {
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, Error>> {
        self.all().boxed()
    }

    fn check<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async move { self.see(name).await.map(drop) }.boxed()
    }

    fn calls_tools<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        async move { self.see(name).await.map(|seen| seen.calls_tools) }.boxed()
    }

    fn pull<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Pulling, Error>> {
        Ollama::pull(self, name)
    }

    fn answer(&self, ask: Ask) -> BoxFuture<'static, Result<Pieces, Error>> {
        let this = self.clone();
        async move { this.chat(ask).await }.boxed()
    }
}

/// Turns a reply into pieces as it comes; whoever reads them stops at the first error.
fn pieces(reply: Response, context_tokens: i64) -> Pieces {
    let whole = move |mut piece: Piece| {
        if let Some(done) = &mut piece.done {
            done.usage.context_tokens = context_tokens;
        }
        piece
    };
    lines_of(reply)
        .map(move |line| line.and_then(|line| piece(&line)).map(whole))
        .boxed()
}

/// Turns a reply into lines as it comes; the first error ends them.
fn lines_of(reply: Response) -> BoxStream<'static, Result<Vec<u8>, Error>> {
    let start = Some((reply, Lines::default()));
    stream::unfold(start, |state| async move {
        let (mut reply, mut lines) = state?;
        let line = next_line(&mut reply, &mut lines).await.transpose()?;
        let more = line.is_ok().then_some((reply, lines));
        Some((line, more))
    })
    .boxed()
}

async fn next_line(reply: &mut Response, lines: &mut Lines) -> Result<Option<Vec<u8>>, Error> {
    loop {
        let line = lines
            .next()
            .map_err(|lines::TooLong| cut("a line has no end"))?;
        if line.is_some() {
            return Ok(line);
        }
        match reply.chunk().await {
            Ok(Some(more)) => lines.push(&more),
            Ok(None) => return Ok(lines.rest()),
            Err(_) => return Err(cut("the model server hung up")),
        }
    }
}

fn piece(line: &[u8]) -> Result<Piece, Error> {
    let line: wire::Line =
        serde_json::from_slice(line).map_err(|_| cut("the model server sent a broken line"))?;
    match line.error {
        Some(reason) => Err(cut(&shortened(&reason))),
        None => Ok(line.into()),
    }
}

fn cut(reason: &str) -> Error {
    Error::Cut {
        reason: reason.to_owned(),
    }
}

/// Reads a whole reply of bounded size.
async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let bytes = whole(response).await.ok_or_else(|| Error::Failed {
        reason: "its reply broke off".to_owned(),
    })?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Failed {
        reason: "its reply can not be read".to_owned(),
    })
}

async fn whole(mut response: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(more) = response.chunk().await.ok()? {
        if bytes.len() + more.len() > MAX_REPLY {
            return None;
        }
        bytes.extend_from_slice(&more);
    }
    Some(bytes)
}

/// Returns the server's own words for a refusal, or its status.
async fn reason(response: Response) -> String {
    let status = response.status();
    let said = tokio::time::timeout(QUICK, whole(response))
        .await
        .ok()
        .flatten();
    said.and_then(|bytes| serde_json::from_slice::<wire::Failure>(&bytes).ok())
        .map_or_else(
            || format!("it answered {status}"),
            |failure| shortened(&failure.error),
        )
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
