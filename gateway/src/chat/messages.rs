//! One message: copied, edited where it stands, deleted, or answered anew.
//!
//! A handler changes the row and no more: storage tells of the change, and the hub shows it on every page.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::storage::{
    DeleteMessageRequest, GetMessageRequest, Message, MessageState, Role, UpdateMessageRequest,
};
use serde::Deserialize;

use super::view;
use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Ask, Input, Page},
};

/// Routes of one message.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/chat/message/{id}", get(show).post(edit).delete(remove))
        .route("/chat/message/{id}/edit", get(editor))
        .route("/chat/message/{id}/again", post(again))
}

/// The message as it stands in the page, or its words as they were written, to copy them.
async fn show(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
) -> Result<Response, Failure> {
    let message = read(&page, &gateway, id).await?;
    Ok(match page.ask {
        Ask::Fragment => view::article(&message).into_response(),
        _ => message.text.into_response(),
    })
}

async fn editor(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
) -> Result<Markup, Failure> {
    Ok(form(&read(&page, &gateway, id).await?))
}

#[derive(Deserialize)]
struct Edit {
    text: String,
}

async fn edit(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(edit): Input<Edit>,
) -> Result<Markup, Failure> {
    if edit.text.trim().is_empty() {
        let reason = "a message can not be blank; delete it instead";
        return Err(page.fail(Error::Unreadable(reason.to_owned())));
    }
    let request = UpdateMessageRequest {
        id: Some(id),
        text: Some(edit.text.replace("\r\n", "\n")), // forms send line ends as mail does
        ..UpdateMessageRequest::default()
    };
    let mut messages = gateway.clients.messages.clone();
    let updated = messages.update_message(request).await;
    let updated = updated.map_err(|status| page.fail(status))?;
    let message = updated.into_inner().message.unwrap_or_default();
    Ok(view::article(&message))
}

async fn remove(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
) -> Result<(), Failure> {
    let request = DeleteMessageRequest { id: Some(id) };
    let mut messages = gateway.clients.messages.clone();
    let deleted = messages.delete_message(request).await;
    deleted.map(drop).map_err(|status| page.fail(status))
}

#[derive(Deserialize)]
struct Again {
    /// Empty means the model that is picked.
    #[serde(default)]
    model: String,
}

/// Returns at once; the new answer comes over the socket.
async fn again(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(again): Input<Again>,
) -> Result<StatusCode, Failure> {
    let message = read(&page, &gateway, id).await?;
    gateway.chat.again(message.profile_id, id, again.model);
    Ok(StatusCode::ACCEPTED)
}

async fn read(page: &Page, gateway: &Gateway, id: i64) -> Result<Message, Failure> {
    let request = GetMessageRequest { id: Some(id) };
    let mut messages = gateway.clients.messages.clone();
    let read = messages.get_message(request).await;
    let read = read.map_err(|status| page.fail(status))?;
    Ok(read.into_inner().message.unwrap_or_default())
}

/// What can be done with a message that is complete.
pub(super) fn actions(message: &Message) -> Markup {
    if message.state() == MessageState::Streaming {
        return html! {};
    }
    let (url, target) = (url(message), format!("#m-{}", message.id));
    let spoken = matches!(message.role(), Role::User | Role::Assistant);
    html! {
        div .acts role="group" aria-label="This message" {
            button .plain type="button" data-copy=(url) { "Copy" }
            @if spoken {
                button .plain type="button" hx-get={ (url) "/edit" } hx-target=(target) hx-swap="outerHTML" { "Edit" }
            }
            button .plain type="button" hx-delete=(url) hx-swap="none" hx-confirm="Delete this message? The model will not remember it." { "Delete" }
        }
        // The stylesheet shows it under the last answer alone: which one that is changes without a word from here.
        @if message.role() == Role::Assistant {
            button .plain .again type="button" hx-post={ (url) "/again" } hx-swap="none"
                title="Answer once more, with the model that is picked above" { "↻ Regenerate" }
        }
    }
}

fn form(message: &Message) -> Markup {
    let (url, target) = (url(message), format!("#m-{}", message.id));
    html! {
        article id={ "m-" (message.id) } .message .editing {
            form action=(url) method="post" hx-post=(url) hx-target=(target) hx-swap="outerHTML" {
                textarea id={ "m-" (message.id) "-edit" } name="text" rows="6" required maxlength="200000" autofocus aria-label="Message" { "\n" (message.text) }
                footer {
                    button .secondary .cancel type="button" hx-get=(url) hx-target=(target) hx-swap="outerHTML" { "Cancel" }
                    button type="submit" { "Save" }
                }
            }
        }
    }
}

fn url(message: &Message) -> String {
    format!("/chat/message/{}", message.id)
}
