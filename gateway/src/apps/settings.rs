//! Settings: what the model may do by itself.
use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::{
    chat::{ListToolsRequest, Policy, SetPolicyRequest, Tool},
    options::Effect,
};
use serde::Deserialize;
use serde_json::json;

use super::App;
use crate::{
    Gateway,
    error::Failure,
    page::{Ask, Input, Page},
    ui,
};

/// The settings.
pub const APP: App = App {
    slug: "settings",
    title: "Settings",
    icon: "⚙",
    about: "What the model may do by itself, and what it must ask for.",
    routes,
};

fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/policies", get(list))
        .route("/settings/policy/{tool}", post(set))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let tools = tools(&page, &gateway).await?;
    if page.ask == Ask::Json {
        let rows: Vec<_> = tools.iter().map(as_json).collect();
        return Ok(Json(rows).into_response());
    }
    page.show(APP.title, view(&tools)).await
}

async fn list(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Markup, Failure> {
    Ok(region(&tools(&page, &gateway).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    policy: Word,
}

/// What may happen when the model calls a tool.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Word {
    Run,
    Ask,
    Never,
}

impl Word {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Run, "run", "run it"),
        (Self::Ask, "ask", "ask me"),
        (Self::Never, "never", "never"),
    ];

    fn policy(self) -> Policy {
        match self {
            Self::Run => Policy::Run,
            Self::Ask => Policy::Ask,
            Self::Never => Policy::Never,
        }
    }
}

async fn set(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(tool): Path<String>,
    Input(form): Input<Wanted>,
) -> Result<Response, Failure> {
    let request = SetPolicyRequest {
        tool,
        policy: form.policy.policy().into(),
    };
    let set = gateway.clients.chat.clone().set_policy(request).await;
    set.map_err(|status| page.fail(status))?;
    let tools = tools(&page, &gateway).await?;
    Ok(page.changed("/settings", region(&tools)))
}

async fn tools(page: &Page, gateway: &Gateway) -> Result<Vec<Tool>, Failure> {
    let listed = gateway
        .clients
        .chat
        .clone()
        .list_tools(ListToolsRequest {})
        .await;
    Ok(listed
        .map_err(|status| page.fail(status))?
        .into_inner()
        .tools)
}

fn as_json(tool: &Tool) -> serde_json::Value {
    json!({ "tool": tool.name, "about": tool.doc, "policy": tool.policy().as_str_name() })
}

fn view(tools: &[Tool]) -> Markup {
    html! {
        h1 { (APP.title) }
        h2 { "What the model may do" }
        p { "Every action appears as a card in the chat, with the rows before and after. What deletes or spends always asks." }
        (region(tools))
    }
}

fn region(tools: &[Tool]) -> Markup {
    let body = html! {
        table #policy-list {
            thead { tr { th { "Action" } th { "What it does" } th { "The model may" } } }
            tbody { @for tool in tools { (row(tool)) } }
        }
    };
    ui::live("policies", &["setting"], "/settings/policies", &body)
}

fn row(tool: &Tool) -> Markup {
    let may_run = matches!(tool.effect(), Effect::Read | Effect::Write);
    let here = format!("/settings/policy/{}", tool.name);
    html! {
        tr id={ "policy-" (tool.name) } {
            td { strong { (ui::words(&tool.action)) } " " (tool.target) }
            td.quiet { (ui::sentence(&tool.doc)) }
            td {
                form action=(here) method="post" hx-post=(here) hx-target="#policies" hx-swap="outerMorph" hx-trigger="change" {
                    select id={ "policy-" (tool.name) "-select" } name="policy" aria-label={ "When the model calls " (tool.name) } {
                        @for (word, value, label) in Word::ALL.into_iter().filter(|(word, ..)| may_run || *word != Word::Run) {
                            option value=(value) selected[word.policy() == tool.policy()] { (label) }
                        }
                    }
                    noscript { button { "Set" } }
                }
            }
        }
    }
}
