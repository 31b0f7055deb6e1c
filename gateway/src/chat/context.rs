//! What the model sees now, and which app it sees: the chat's knowledge of the page, open to the person.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use proto::{
    chat::{
        ContextMessage, ContextTool, DescribeContextRequest, DescribeContextResponse,
        EnterAppRequest,
    },
    storage::Role,
};

use crate::{
    Gateway,
    error::Failure,
    page::{self, Page, Place},
};

const TITLE: &str = "What the model sees now";

/// Routes of what the model knows of the page.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/chat/context", get(show))
        .route("/app/enter", post(enter))
}

/// Shows what would be sent with the next question from the page in front.
async fn show(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Place { app, workflow, run } = place(&headers);
    let request = DescribeContextRequest {
        profile_id: page.profile.as_ref().map(|profile| profile.id),
        app,
        workflow,
        run,
        ..DescribeContextRequest::default()
    };
    let described = gateway.clients.chat.clone().describe_context(request).await;
    let context = described.map_err(|status| page.fail(status))?.into_inner();
    page.show(TITLE, view(&context)).await
}

/// Notes that a page came to the front. The page's script says so, as looking at a page must change nothing.
async fn enter(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    let request = EnterAppRequest {
        profile_id: page.profile.as_ref().map(|profile| profile.id),
        app: place(&headers).app,
    };
    let entered = gateway.clients.chat.clone().enter_app(request).await;
    entered.map_err(|status| page.fail(status))?;
    Ok(StatusCode::NO_CONTENT)
}

fn place(headers: &HeaderMap) -> Place {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    page::place_of(
        value("hx-current-url")
            .or(value("referer"))
            .unwrap_or_default(),
    )
}

/// The button that opens the drawer.
pub(super) fn button() -> Markup {
    html! {
        button #context-btn .link type="button" aria-haspopup="dialog" aria-controls="context" title=(TITLE)
            hx-get="/chat/context" hx-target="#context-text" hx-swap="innerHTML"
            hx-status:5xx="target:#context-text swap:innerHTML" { "Context" }
    }
}

/// The drawer, empty until it is opened.
pub(super) fn drawer() -> Markup {
    html! {
        dialog #context aria-labelledby="context-title" {
            article {
                header {
                    h2 #context-title { (TITLE) }
                    form method="dialog" { button .plain aria-label="Close" { "×" } }
                }
                div #context-text tabindex="0" aria-live="polite" { "One moment…" }
            }
        }
    }
}

fn view(context: &DescribeContextResponse) -> Markup {
    let count = context.messages.len();
    html! {
        p.quiet {
            @if context.model.is_empty() { "No model answers now. " } @else { "Model " strong { (context.model) } ". " }
            (count) @if count == 1 { " message" } @else { " messages" }
            ", about " strong { (context.estimated_tokens) " tokens" } " (an estimate). Your next question is added at the end."
        }
        @for message in &context.messages { (block(message)) }
        @if !context.tools.is_empty() {
            h3 { (context.tools.len()) " tools it may call" }
            @for tool in &context.tools { (offered(tool)) }
        }
    }
}

fn offered(tool: &ContextTool) -> Markup {
    html! {
        details.told {
            summary { code { (tool.name) } " " span.quiet { (tool.about) } }
            pre hx-ignore { (tool.schema) }
        }
    }
}

fn block(message: &ContextMessage) -> Markup {
    let who = match message.role() {
        Role::System => "App",
        Role::User => "You",
        Role::Assistant => "Model",
        Role::Tool | Role::Unspecified => "Tool",
    };
    // `hx-ignore`: nothing inside may ever be taken for instructions to the page.
    html! {
        section.told {
            p { strong { (who) } span.quiet { "about " (message.estimated_tokens) " tokens" } }
            pre hx-ignore { (message.text) }
        }
    }
}
