//! The conversation as a file: taken out as text or JSON, and brought back from JSON.
use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::Markup;
use proto::storage::{ImportMessagesRequest, ListMessagesRequest, Message, Role};
use tonic::Status;

use super::file::File;
use crate::{
    Gateway,
    clients::Clients,
    error::{Error, Failure},
    page::{Input, Page},
    ui,
};

/// Largest file that is read, in bytes.
const LARGEST_FILE: usize = 4_000_000;
const ROWS: i32 = 1000;

/// Routes of the conversation as a file.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/chat/export.json", get(as_json))
        .route("/chat/export.md", get(as_text))
        .route(
            "/chat/import",
            post(import).layer(DefaultBodyLimit::max(LARGEST_FILE)),
        )
}

async fn as_json(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let file = export(&page, &gateway.clients).await?;
    let json = serde_json::to_string_pretty(&file).expect("text and numbers are JSON");
    Ok(attached("json", "application/json", json))
}

async fn as_text(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let file = export(&page, &gateway.clients).await?;
    Ok(attached("md", "text/markdown; charset=utf-8", file.text()))
}

async fn export(page: &Page, clients: &Clients) -> Result<File, Failure> {
    let messages = all(clients, profile_id(page)).await;
    let messages = messages.map_err(|status| page.fail(status))?;
    let name = page.profile.as_ref().map(ui::shell::shown);
    Ok(File::of(name.unwrap_or_default(), messages))
}

/// Reads a whole conversation, page by page. Actions stay behind: elsewhere they could be neither allowed nor undone.
async fn all(clients: &Clients, profile_id: i64) -> Result<Vec<Message>, Status> {
    let mut all = Vec::new();
    let mut last = 0;
    loop {
        let request = ListMessagesRequest {
            profile_id: Some(profile_id),
            after_id: Some(last),
            page_size: ROWS,
            ..ListMessagesRequest::default()
        };
        let mut client = clients.messages.clone();
        let listed = client.list_messages(request).await?.into_inner();
        last = listed.messages.last().map_or(last, |message| message.id);
        let spoken = |message: &Message| message.role() != Role::Tool;
        all.extend(listed.messages.into_iter().filter(spoken));
        if !listed.more {
            return Ok(all);
        }
    }
}

/// Adds what the file holds to the end of the conversation in front: all of it, or nothing.
async fn import(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(file): Input<File>,
) -> Result<Markup, Failure> {
    let messages = file.messages();
    let messages = messages.map_err(|reason| page.fail(Error::Unreadable(reason)))?;
    let request = ImportMessagesRequest {
        profile_id: Some(profile_id(&page)),
        messages,
    };
    let mut client = gateway.clients.messages.clone();
    let imported = client.import_messages(request).await;
    let count = imported.map_err(|status| page.fail(status))?.into_inner();
    Ok(ui::toast(&format!("{} messages imported.", count.count)))
}

fn profile_id(page: &Page) -> i64 {
    page.profile.as_ref().map_or(0, |profile| profile.id)
}

fn attached(extension: &str, kind: &'static str, body: String) -> Response {
    let name = format!("attachment; filename=\"conversation.{extension}\"");
    (
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)],
        body,
    )
        .into_response()
}
