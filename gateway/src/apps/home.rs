//! Home: what there is, and what to do first.
use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use maud::{Markup, html};

use super::{App, Entry};
use crate::{Gateway, error::Failure, page::Page, ui::shell};

/// The start page.
pub const APP: App = App {
    slug: "home",
    title: "Home",
    icon: "⌂",
    about: "What there is, and what to do first.",
    routes,
};

fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/", get(show))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let entries = super::entries(&gateway.clients).await;
    let who = page.profile.as_ref().map(shell::shown);
    page.show(APP.title, view(who, &entries)).await
}

fn view(who: Option<&str>, entries: &[Entry]) -> Markup {
    html! {
        h1 { "Botiferrous" }
        @match who {
            Some(name) => p { "You are working for " strong { (name) } ". Pick another profile in the bar above." },
            None => p { "Start with a " a href="/profile" { "client profile" } ": a name is enough. Todos and workflows then belong to it." },
        }
        div.cards {
            @for entry in entries.iter().filter(|entry| entry.href != "/") {
                a.card href=(entry.href) {
                    strong { span.icon aria-hidden="true" { (entry.icon) } " " (entry.title) }
                    span { (entry.about) }
                }
            }
        }
        p.quiet { "Everything stays on this machine, except the calls to Botify that you ask for." }
    }
}
