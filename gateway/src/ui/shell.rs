//! The page around every page: head, top bar, the work on the left, the chat on the right.
use maud::{DOCTYPE, Markup, html};
use proto::storage::{Message, Profile};

use super::live;
use crate::{apps::Entry, assets::href, chat};

/// What the shell shows besides the work itself.
pub struct Shell<'a> {
    /// What the browser's tab says before the profile.
    pub title: &'a str,
    /// Path of the page, without the query.
    pub path: &'a str,
    /// The profile in front.
    pub profile: Option<&'a Profile>,
    /// What the profile menu offers.
    pub profiles: &'a [Profile],
    /// What the app menu offers.
    pub entries: &'a [Entry],
    /// The conversation so far.
    pub messages: &'a [Message],
}

/// Returns the name that onlookers may see.
pub fn shown(profile: &Profile) -> &str {
    if profile.menu_name.is_empty() {
        &profile.name
    } else {
        &profile.menu_name
    }
}

/// A whole page.
pub fn page(shell: &Shell<'_>, body: &Markup) -> Markup {
    let title = match shell.profile {
        Some(profile) => format!("{} / {}", shell.title, shown(profile)),
        None => shell.title.to_owned(),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(&title)) (scripts()) }
            // The busy line and error toasts serve every request below unless it says otherwise.
            body hx-boost:inherited="target:#content-container select:#content-container swap:outerHTML"
                hx-indicator:inherited="#busy"
                hx-status:4xx:inherited="target:#toasts swap:beforeend select:.toast"
                hx-status:5xx:inherited="target:#toasts swap:beforeend select:.toast" {
                a.skip href="#content-container" { "Skip to the work" }
                progress #busy .htmx-indicator aria-label="Loading" {}
                div #live hidden hx-sse:connect="/sse" hx-trigger="load, every 2s" hx-swap="none" hx-indicator="this" {}
                (top_bar(shell))
                p #connection role="status" { }
                div #columns {
                    main #content-container tabindex="-1" hx-history-elt data-title=(title) { (body) }
                    (chat::view::column(shell.messages, shell.path))
                }
                div #toasts aria-live="assertive" {}
                dialog #confirm aria-labelledby="confirm-text" {
                    form method="dialog" {
                        p #confirm-text {}
                        footer {
                            button value="no" .secondary { "Keep" }
                            button value="yes" { "Delete" }
                        }
                    }
                }
            }
        }
    }
}

/// A page without services, for when they are the trouble.
pub fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(title)) script src=(href("theme.js")) {} }
            body { main #content-container .alone { (body) } }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) " · Botiferrous" }
        link rel="icon" type="image/svg+xml" href=(href("icon.svg"));
        link rel="stylesheet" href=(href("vendor/pico.min.css"));
        link rel="stylesheet" href=(href("app.css"));
    }
}

/// None of these is deferred: htmx starts as soon as the document is parsed, and extensions that register later than
/// that would be lost.
fn scripts() -> Markup {
    html! {
        meta name="htmx-config" content=r#"{"extensions":"sse,ws,upsert,bf-morph","prefix":""}"#;
        @for script in ["theme.js", "vendor/htmx.min.js", "vendor/hx-sse.min.js", "vendor/hx-ws.min.js", "vendor/hx-upsert.min.js", "vendor/Sortable.min.js", "app.js"] {
            script src=(href(script)) {}
        }
    }
}

/// The bar keeps itself up to date, as profiles and workflows come and go.
pub fn top_bar(shell: &Shell<'_>) -> Markup {
    let body = html! {
        nav aria-label="Top bar" {
            ul { li { a.brand href="/" { "Botiferrous" } } }
            ul {
                li { (profile_menu(shell)) }
                li { (app_menu(shell)) }
                li { button #theme-btn .plain type="button" aria-label="Light or dark" title="Light or dark" { "◐" } }
            }
        }
    };
    live(
        "top-bar",
        &["profile", "setting", "bf:moved"],
        "/menu",
        &body,
    )
}

fn profile_menu(shell: &Shell<'_>) -> Markup {
    let name = shell.profile.map_or("none yet", |profile| shown(profile));
    html! {
        details #profile-menu .dropdown {
            summary { span.label { "Profile: " } (name) }
            ul dir="rtl" {
                @for profile in shell.profiles {
                    li {
                        form action="/select_profile" method="post" {
                            input type="hidden" name="profile_id" value=(profile.id);
                            input type="hidden" name="back" value=(shell.path);
                            button id={ "pick-profile-" (profile.id) } .plain aria-current=[shell.profile.filter(|p| p.id == profile.id).map(|_| "true")] {
                                (shown(profile))
                            }
                        }
                    }
                }
                li { a href="/profile" { "Edit profiles…" } }
            }
        }
    }
}

fn app_menu(shell: &Shell<'_>) -> Markup {
    // `/workflow` holds `/workflow/hello` as well; the closest one is meant.
    let current = shell
        .entries
        .iter()
        .filter(|entry| entry.holds(shell.path))
        .max_by_key(|entry| entry.href.len());
    html! {
        details #app-menu .dropdown {
            summary { span.label { "App: " } (current.map_or("Home", |entry| &entry.title)) }
            ul dir="rtl" {
                @for entry in shell.entries {
                    li { a href=(entry.href) aria-current=[current.filter(|c| c.href == entry.href).map(|_| "page")] { (entry.title) } }
                }
            }
        }
    }
}
