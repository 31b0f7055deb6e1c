//! Finding what was said, and the tools for the conversation as a whole.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use maud::{Markup, PreEscaped, html};
use proto::storage::{ListMessagesRequest, Message, Role};
use serde::Deserialize;

use crate::{
    Gateway,
    error::Failure,
    page::Page,
    ui::{self, markdown},
};

/// Messages that a search shows.
const HITS: i32 = 30;
/// Characters of a hit that are shown before it is opened.
const EXCERPT: usize = 90;

/// Routes of the search.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/chat/search", get(search))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn search(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Failure> {
    let words = wanted.q.trim();
    if words.is_empty() {
        return Ok(html! {});
    }
    let request = ListMessagesRequest {
        profile_id: Some(page.profile.as_ref().map_or(0, |profile| profile.id)),
        contains: words.to_owned(),
        page_size: HITS,
        ..ListMessagesRequest::default()
    };
    let mut messages = gateway.clients.messages.clone();
    let found = messages.list_messages(request).await;
    let found = found.map_err(|status| page.fail(status))?.into_inner();
    Ok(hits(&found.messages, words, found.more))
}

/// The newest first, each closed.
fn hits(found: &[Message], words: &str, more: bool) -> Markup {
    if found.is_empty() {
        return ui::empty(&format!("Nothing here says “{words}”."));
    }
    html! {
        ol {
            @for message in found.iter().rev() { li { (hit(message, words)) } }
        }
        @if more { p.quiet { "The newest " (found.len()) " are shown." } }
    }
}

/// In the page, a hit leads to its message; one that is too old to be there opens here.
fn hit(message: &Message, words: &str) -> Markup {
    let who = match message.role() {
        Role::User => "You",
        Role::Assistant => "Model",
        _ => "App",
    };
    html! {
        details {
            summary data-message=(message.id) { strong { (who) } " " (excerpt(&message.text, words)) }
            div.text hx-ignore { (PreEscaped(markdown::render(&message.text))) }
        }
    }
}

/// Returns a line of text around the first place that holds the words.
fn excerpt(text: &str, words: &str) -> String {
    let line: Vec<char> = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .collect();
    let plain = |c: &char| c.to_ascii_lowercase();
    let words: Vec<char> = words.chars().collect();
    let at = line
        .windows(words.len())
        .position(|part| part.iter().map(plain).eq(words.iter().map(plain)));
    let start = at.unwrap_or(0).saturating_sub(EXCERPT / 3);
    let part: String = line.iter().skip(start).take(EXCERPT).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if start + EXCERPT < line.len() {
        "…"
    } else {
        ""
    };
    format!("{before}{part}{after}")
}

/// Search, export and import, folded.
pub(super) fn tools() -> Markup {
    html! {
        details #chat-tools {
            summary { "Search, export, import" }
            form #chat-search role="search" action="/chat/search" method="get" hx-get="/chat/search" hx-target="#chat-hits" hx-swap="innerHTML swapEmpty:true"
                hx-trigger="submit, input delay:250ms" {
                input #chat-q type="search" name="q" maxlength="500" placeholder="Search this conversation…" aria-label="Search this conversation" autocomplete="off";
            }
            div #chat-hits role="region" aria-label="Search results" aria-live="polite" {}
            p {
                a href="/chat/export.md" download hx-boost="false" { "Export as text" } " · "
                a href="/chat/export.json" download hx-boost="false" { "Export as JSON" } " · "
                label for="chat-import" { "Import JSON" }
                input #chat-import type="file" accept="application/json,.json";
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_the_words_and_says_where_it_was_cut() {
        assert_eq!(excerpt("Buy\n MILK", "milk"), "Buy MILK");
        let long = format!("{} Milk {}", "a ".repeat(100), "b ".repeat(100));
        let shown = excerpt(&long, "milk");
        assert!(
            shown.starts_with('…') && shown.contains("Milk") && shown.ends_with('…'),
            "{shown}"
        );
        assert_eq!(excerpt("no", "much longer than that"), "no");
    }

    #[test]
    fn hits_are_text_until_they_are_opened_and_clean_then() {
        let message = Message {
            text: "<img src=x onerror=alert(1)>".to_owned(),
            ..Message::default()
        };
        let html = hits(&[message], "img", false).into_string();
        assert!(!html.contains("<img"), "{html}");
    }
}
