//! Pieces that every page is made of.
pub mod markdown;
pub mod shell;
pub mod widget;

use maud::{Markup, html};

/// A region that keeps itself up to date: it fetches `url` anew when one of `topics` moves, and changes only what
/// differs. What is fetched must be this same element.
pub fn live(id: &str, topics: &[&str], url: &str, body: &Markup) -> Markup {
    let trigger = topics
        .iter()
        .chain(&["resync", "storage-back"])
        .map(|topic| format!("{topic} from:body throttle:300ms"))
        .collect::<Vec<_>>()
        .join(", ");
    html! {
        section id=(id) hx-get=(url) hx-trigger=(trigger) hx-swap="outerMorph" hx-target="this" hx-indicator="this" hx-status:4xx="swap:none" hx-status:5xx="swap:none" {
            (body)
        }
    }
}

/// One sentence in the corner of the page.
pub fn toast(sentence: &str) -> Markup {
    html! { div.toast role="alert" { span { (self::sentence(sentence)) } button type="button" .close aria-label="Close" { "×" } } }
}

/// A sentence with what stands in backticks set as code.
pub fn sentence(text: &str) -> Markup {
    html! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// What an empty list says: what it is for and what to do next.
pub fn empty(sentence: &str) -> Markup {
    html! { p.empty { (sentence) } }
}

/// Returns a name from the contracts in words: `menu_name` becomes `Menu name`.
pub fn words(name: &str) -> String {
    let spaced = name.replace(['_', '-', '.'], " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => spaced,
    }
}

/// A name that is edited where it stands: Enter or leaving the field saves it, Escape puts the old one back. What is
/// wrong with a new name appears beside it.
pub fn rename(id: &str, action: &str, name: &str) -> Markup {
    html! {
        form.rename action=(action) method="post" hx-post=(action) hx-trigger="submit" hx-target={ "#" (id) } hx-swap="outerMorph"
            hx-status:422={ "target:#" (id) "-error swap:innerHTML" } novalidate {
            input id={ (id) "-name" } name="name" value=(name) data-was=(name) title=(name) aria-label="Name" aria-describedby={ (id) "-error" } autocomplete="off" maxlength="500";
            small id={ (id) "-error" } .error role="alert" {}
        }
    }
}
