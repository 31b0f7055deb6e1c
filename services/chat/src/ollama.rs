//! The client of Ollama's HTTP API: the one place that knows its protocol.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use reqwest::{Response, StatusCode, Url, redirect};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    error::Error,
    host::ModelHost,
    model::{Ask, Installed, Model, Piece, Pieces},
};
use lines::Lines;

mod lines;
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
    /// Whether a model can think, for each one that was seen to be there.
    thinks: Arc<Mutex<HashMap<String, bool>>>,
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
            thinks: Arc::default(),
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

    async fn can_think(&self, model: &str) -> Result<bool, Error> {
        let known = self.known().get(model).copied();
        if let Some(thinks) = known {
            return Ok(thinks);
        }
        let request = self.post(self.host.method("api/show"), &json!({ "model": model }));
        let shown: wire::Shown = read(self.send(request.timeout(QUICK), model).await?).await?;
        let thinks = shown
            .capabilities
            .unwrap_or_default()
            .iter()
            .any(|c| c == "thinking");
        self.known().insert(model.to_owned(), thinks);
        Ok(thinks)
    }

    async fn chat(&self, ask: Ask) -> Result<Pieces, Error> {
        let body = wire::ChatRequest::new(&ask, self.can_think(&ask.model).await?);
        let request = self.post(self.host.method("api/chat"), &body);
        let answer = self.send(request, &ask.model).await;
        if answer.is_err() {
            self.known().remove(&ask.model); // it may be gone, or be another one by the same name
        }
        Ok(pieces(answer?))
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

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, bool>> {
        self.thinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model for Ollama {
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, Error>> {
        self.tags().boxed()
    }

    fn check<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async move { self.can_think(name).await.map(drop) }.boxed()
    }

    fn answer(&self, ask: Ask) -> BoxFuture<'static, Result<Pieces, Error>> {
        let this = self.clone();
        async move { this.chat(ask).await }.boxed()
    }
}

/// Turns a reply into pieces as it comes; the first error ends them.
fn pieces(reply: Response) -> Pieces {
    let start = Some((reply, Lines::default()));
    stream::unfold(start, |state| async move {
        let (mut reply, mut lines) = state?;
        let line = next_line(&mut reply, &mut lines).await.transpose()?;
        let piece = line.and_then(|line| piece(&line));
        let more = piece.is_ok().then_some((reply, lines));
        Some((piece, more))
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
