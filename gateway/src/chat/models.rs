//! Which model answers: picked from those that are installed, and more of them got while the page goes on.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use maud::{Markup, html};
use proto::{
    chat::{ListModelsRequest, ListModelsResponse, Model},
    storage::SetSettingRequest,
};
use serde::Deserialize;
use tonic::{Response, Status};

use super::pull::{self, Pull};
use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Input, Page},
    ui::sentence,
};

/// The setting that names the model a person picked.
const PICKED: &str = "chat.model";

/// Routes about models.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/chat/status", get(status))
        .route("/chat/model", post(pick))
        .route("/chat/pull", post(get_model))
        .route("/chat/pull/stop", post(stop))
}

async fn status(State(gateway): State<Arc<Gateway>>) -> Markup {
    let mut chat = gateway.clients.chat.clone();
    let models = chat.list_models(ListModelsRequest {}).await;
    view(models, gateway.chat.pulling().as_ref())
}

#[derive(Deserialize)]
struct Pick {
    model: String,
}

async fn pick(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(pick): Input<Pick>,
) -> Result<Markup, Failure> {
    let setting = SetSettingRequest {
        key: PICKED.to_owned(),
        value: pick.model,
    };
    let mut settings = gateway.clients.settings.clone();
    let set = settings.set_setting(setting).await;
    set.map_err(|status| page.fail(status))?;
    Ok(status(State(gateway)).await)
}

#[derive(Deserialize)]
struct Get {
    name: String,
}

/// Returns at once; progress comes over the socket.
async fn get_model(State(gateway): State<Arc<Gateway>>, Input(get): Input<Get>) -> StatusCode {
    gateway.chat.pull(get.name.trim());
    StatusCode::ACCEPTED
}

async fn stop(State(gateway): State<Arc<Gateway>>) -> StatusCode {
    gateway.chat.stop_pull();
    StatusCode::ACCEPTED
}

/// Which model answers, or what to do so that one does.
fn view(models: Result<Response<ListModelsResponse>, Status>, pull: Option<&Pull>) -> Markup {
    let models = match models {
        Ok(answer) => answer.into_inner().models,
        Err(status) => {
            return html! { span.warn { (sentence(&Error::from(status).sentence())) } };
        }
    };
    html! {
        @if models.is_empty() {
            span.warn { "No model is installed yet. Get one here, or with " code { "ollama pull llama3.2" } "." }
        } @else { (picker(&models)) }
        (pull::view(pull, models.is_empty()))
    }
}

fn picker(models: &[Model]) -> Markup {
    let picked = models.iter().find(|model| model.is_default);
    html! {
        form #pick-model action="/chat/model" method="post" hx-post="/chat/model" hx-trigger="change"
            hx-target="#chat-status" hx-swap="innerMorph" {
            select #chat-model name="model" aria-label="Model that answers" {
                @if picked.is_none() { option value="" disabled selected { "The picked model is gone: pick one" } }
                @for model in models {
                    option value=(model.name) selected[model.is_default] { (words(model)) }
                }
            }
        }
        @if picked.is_some_and(|model| model.is_toy) {
            p.quiet { "It is a toy that shows how this works; its answers mean little. Get a real model, such as " code { "llama3.2" } "." }
        }
    }
}

fn words(model: &Model) -> String {
    let mut parts = vec![model.name.clone()];
    parts.extend((!model.parameter_size.is_empty()).then(|| model.parameter_size.clone()));
    parts.extend(model.is_loaded.then(|| "in memory".to_owned()));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, is_default: bool) -> Model {
        Model {
            name: name.to_owned(),
            parameter_size: "3.2B".to_owned(),
            is_default,
            is_loaded: is_default,
            ..Model::default()
        }
    }

    #[test]
    fn the_picker_says_which_model_answers_and_which_is_in_memory() {
        let html = picker(&[model("a", true), model("b", false)]).into_string();
        assert!(html.contains("selected>a · 3.2B · in memory<"), "{html}");
        assert!(html.contains("value=\"b\">b · 3.2B<"), "{html}");
    }

    #[test]
    fn a_picked_model_that_is_gone_is_not_passed_over_in_silence() {
        let html = picker(&[model("a", false)]).into_string();
        assert!(html.contains("picked model is gone"), "{html}");
    }
}
