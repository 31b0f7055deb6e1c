//! Getting a model: one at a time, for as long as it takes, seen on every page and stopped from any.
use std::time::{Duration, Instant};

use maud::{Markup, html};
use proto::chat::{PullModelRequest, PullModelResponse};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::Chat;
use crate::{error::Error, ui};

/// Time between two words about the progress, which the model server gives hundreds of times a second.
const PAUSE: Duration = Duration::from_millis(250);

/// A model that is being got, or was.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    name: String,
    /// How it ended, once it did.
    end: Option<String>,
    stop: CancellationToken,
}

impl Chat {
    /// Begins to get a model, unless one is being got. Returns at once.
    pub(super) fn pull(&self, name: &str) {
        let stop = self.shutdown().child_token();
        {
            let mut pull = self.pull_slot();
            if pull.as_ref().is_some_and(|pull| pull.end.is_none()) {
                return; // the page shows it
            }
            *pull = Some(Pull {
                name: name.to_owned(),
                end: None,
                stop: stop.clone(),
            });
        }
        self.models_changed();
        let (chat, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            let ended = stop.run_until_cancelled(chat.fetch(&name)).await;
            let end = match ended {
                None => format!("Stopped. What has come of `{name}` is kept for the next try."),
                Some(Ok(())) => format!("`{name}` is here."),
                Some(Err(status)) => Error::from(status).sentence(),
            };
            if let Some(pull) = chat.pull_slot().as_mut() {
                pull.end = Some(end);
            }
            chat.models_changed();
        });
    }

    /// Stops getting a model.
    pub(super) fn stop_pull(&self) {
        if let Some(pull) = self.pull_slot().as_ref() {
            pull.stop.cancel();
        }
    }

    /// Returns the model that is being got, or was got last.
    pub(super) fn pulling(&self) -> Option<Pull> {
        self.pull_slot().clone()
    }

    async fn fetch(&self, name: &str) -> Result<(), Status> {
        let request = PullModelRequest {
            name: name.to_owned(),
        };
        let mut chat = self.clients().chat.clone();
        let mut steps = chat.pull_model(request).await?.into_inner();
        let mut told = None::<Instant>;
        while let Some(step) = steps.message().await? {
            if told.is_none_or(|told| told.elapsed() >= PAUSE) {
                told = Some(Instant::now());
                self.tell(&progress(&step));
            }
        }
        Ok(())
    }

    fn models_changed(&self) {
        self.tell(&json!({ "k": "models" }));
    }
}

fn progress(step: &PullModelResponse) -> serde_json::Value {
    json!({ "k": "pull", "text": step.status, "completed": step.completed, "total": step.total })
}

/// The form that gets a model, open when there is none, or the progress of the one that is on its way.
pub(super) fn view(pull: Option<&Pull>, open: bool) -> Markup {
    let under_way = pull.filter(|pull| pull.end.is_none());
    html! {
        details #get-model open[open || under_way.is_some()] {
            summary { "Get a model" }
            @if let Some(pull) = under_way {
                div #pull role="group" aria-label="Progress" {
                    p { "Getting " code { (pull.name) } ": " span #pull-text { "asking…" } }
                    progress #pull-bar aria-label="Loaded so far" {}
                    button #pull-stop .secondary type="button" hx-post="/chat/pull/stop" hx-swap="none" { "Cancel" }
                }
            } @else {
                form #pull-form action="/chat/pull" method="post" hx-post="/chat/pull" hx-swap="none" {
                    input #pull-name name="name" required maxlength="200" placeholder="llama3.2" autocomplete="off" aria-label="Name of the model, as in Ollama's library";
                    button type="submit" { "Get" }
                }
                @if let Some(end) = pull.and_then(|pull| pull.end.as_ref()) { p #pull-end { (ui::sentence(end)) } }
            }
        }
    }
}
