//! One socket per page: the person's words in, frames out.
use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message as Wire, WebSocket},
    },
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{any, post},
};
use proto::storage::Message;
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{cards, hub::Frame, view};
use crate::{
    Gateway,
    page::{self, Page},
};

/// Longest frame a page may send, in bytes.
const FRAME_LIMIT: usize = 64 * 1024;
/// Close code that tells the page to come back at once (RFC 6455 registry: service restart).
const RESTART: u16 = 1012;

/// The chat's own routes.
pub fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/ws", any(upgrade))
        .route("/chat", post(say))
        .merge(super::cards::routes())
        .merge(super::context::routes())
        .merge(super::messages::routes())
        .merge(super::models::routes())
        .merge(super::record::routes())
        .merge(super::search::routes())
}

/// What a page says over its socket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Incoming {
    /// `hello` or `stop`; absent for words to the model.
    k: Option<String>,
    /// With `hello`: number of the last message the page shows.
    after: Option<i64>,
    /// Words to the model.
    text: Option<String>,
    /// An action to run, in the model's words.
    #[serde(flatten)]
    call: cards::Call,
    headers: Headers,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Headers {
    #[serde(rename = "HX-Current-URL")]
    current_url: Option<String>,
}

impl Incoming {
    /// Reads a frame: JSON from a page's form, or plain words.
    fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self {
            text: Some(text.to_owned()),
            ..Self::default()
        })
    }
}

async fn upgrade(State(gateway): State<Arc<Gateway>>, socket: WebSocketUpgrade) -> Response {
    socket
        .max_message_size(FRAME_LIMIT)
        .on_upgrade(move |socket| async move {
            let shutdown = gateway.shutdown.clone();
            let mut session = Session {
                gateway,
                socket,
                profile_id: 0,
            };
            tokio::select! {
                _ = session.run() => {}
                () = shutdown.cancelled() => session.leave().await,
            }
        })
}

/// The page is gone.
struct Gone;

struct Session {
    gateway: Arc<Gateway>,
    socket: WebSocket,
    profile_id: i64,
}

impl Session {
    async fn run(&mut self) -> Result<(), Gone> {
        let mut frames: Option<Receiver<Frame>> = None;
        loop {
            let frame = async {
                match &mut frames {
                    Some(frames) => frames.recv().await,
                    None => std::future::pending().await, // nothing before the page said hello
                }
            };
            tokio::select! {
                said = self.socket.recv() => match said {
                    Some(Ok(Wire::Text(text))) => {
                        if let Some(joined) = self.hear(Incoming::read(&text)).await? {
                            frames = Some(joined);
                        }
                    }
                    Some(Ok(Wire::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(_)) => {}
                },
                frame = frame => match frame {
                    Ok(Frame::Say(profile_id, text)) if profile_id == self.profile_id => {
                        self.send(&text).await?;
                    }
                    Ok(Frame::Say(..)) => {}
                    Ok(Frame::Tell(text)) => self.send(&text).await?,
                    Ok(Frame::Switch) => {
                        if self.picked().await != self.profile_id {
                            frames = self.join(None).await?;
                        }
                    }
                    Ok(Frame::Reload) | Err(RecvError::Lagged(_)) => frames = self.join(None).await?,
                    Err(RecvError::Closed) => return Err(Gone),
                },
            }
        }
    }

    async fn hear(&mut self, said: Incoming) -> Result<Option<Receiver<Frame>>, Gone> {
        match said.k.as_deref() {
            Some("hello") => return self.join(said.after).await,
            Some("stop") => self.gateway.chat.stop(self.profile_id),
            _ if said.call.is_there() => {
                let at = page::place_of(said.headers.current_url.as_deref().unwrap_or_default());
                cards::run(self.gateway.clone(), self.profile_id, at.app, said.call);
            }
            _ => {
                if let Some(text) = said.text.filter(|text| !text.trim().is_empty()) {
                    let at = said.headers.current_url.as_deref().unwrap_or_default();
                    self.gateway
                        .chat
                        .ask(self.profile_id, page::place_of(at), text);
                }
            }
        }
        Ok(None)
    }

    /// Sends the conversation from number `from` on, or all of it anew, and returns what follows.
    async fn join(&mut self, from: Option<i64>) -> Result<Option<Receiver<Frame>>, Gone> {
        self.profile_id = self.picked().await;
        let Ok((messages, frames)) = self.gateway.chat.join(self.profile_id, from).await else {
            // Storage is away. Wait for its return with an ear on what comes; a resync follows then.
            let frames = self.gateway.chat.listen();
            return Ok(Some(frames));
        };
        self.send(&first(&messages, from)).await?;
        Ok(Some(frames))
    }

    async fn picked(&mut self) -> i64 {
        match page::picked(&self.gateway.clients).await {
            Ok(profile) => profile.map_or(0, |profile| profile.id),
            Err(_) => self.profile_id,
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), Gone> {
        self.socket
            .send(Wire::text(text.to_owned()))
            .await
            .map_err(|_| Gone)
    }

    async fn leave(&mut self) {
        let restart = CloseFrame {
            code: RESTART,
            reason: "restart".into(),
        };
        let _ = self.socket.send(Wire::Close(Some(restart))).await;
    }
}

/// Returns the first frame after a hello.
fn first(messages: &[Message], from: Option<i64>) -> String {
    // A page whose last message is not of this conversation, or is gone, gets the whole anew.
    match from {
        Some(from) if messages.first().is_some_and(|first| first.id == from) => messages
            .iter()
            .map(|message| view::upsert(message).into_string())
            .collect(),
        _ => view::replace(messages).into_string(),
    }
}

#[derive(Deserialize)]
struct Say {
    text: String,
    #[serde(default)]
    back: String,
}

/// The form of a page without JavaScript: asks, and shows the page again.
async fn say(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    Form(form): Form<Say>,
) -> Response {
    let referer = headers.get("referer").and_then(|value| value.to_str().ok());
    let place = page::place_of(referer.unwrap_or(&form.back));
    let back = page::home_of(&place.app);
    let profile_id = page.profile.as_ref().map_or(0, |profile| profile.id);
    if !form.text.trim().is_empty() {
        gateway.chat.ask(profile_id, place, form.text);
    }
    if page.ask.wants_page() {
        Redirect::to(&back).into_response()
    } else {
        axum::http::StatusCode::ACCEPTED.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_json_from_a_form_or_plain_words() {
        let form = Incoming::read(
            r#"{"text":"hi","headers":{"HX-Current-URL":"http://localhost:5001/task"}}"#,
        );
        assert_eq!(form.text.as_deref(), Some("hi"));
        assert_eq!(
            form.headers.current_url.as_deref(),
            Some("http://localhost:5001/task")
        );
        let plain = Incoming::read("what is {this");
        assert_eq!(plain.text.as_deref(), Some("what is {this"));
        assert_eq!(Incoming::read(r#"{"k":"stop"}"#).k.as_deref(), Some("stop"));
    }
}
