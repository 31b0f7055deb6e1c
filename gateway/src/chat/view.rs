//! What the conversation looks like.
use maud::{Markup, PreEscaped, html};
use proto::storage::{Message, MessageState, Role, Usage};

use super::{cards, context, messages, search};
use crate::ui::{markdown, sentence};

/// The whole right column.
pub fn column(messages: &[Message], path: &str) -> Markup {
    html! {
        div #chat-interface role="complementary" aria-label="Chat" hx-ws:connect="/ws" hx-swap="none" {
            div #chat-head {
                header #chat-status hx-get="/chat/status" hx-trigger="load, resync from:body, setting from:body throttle:300ms, bf:models from:body, every 60s" hx-swap="innerMorph" hx-indicator="this" {
                    "Looking for a model…"
                }
                (context::button())
            }
            (search::tools())
            div #msg-list tabindex="0" role="log" aria-live="off" aria-label="Conversation" { (list(messages)) }
            p #chat-hint { "Ask about the page you are on. The model runs on this machine; nothing you say leaves it." }
            div #chat-note role="alert" {}
            div #said .quiet role="status" aria-live="polite" {}
            form #chat action="/chat" method="post" hx-boost="false" hx-ws:send {
                input type="hidden" name="back" value=(path);
                textarea #msg name="text" rows="2" required maxlength="20000" autocomplete="off"
                    placeholder="Ask the model…" aria-label="Message" {}
                button #send-btn type="submit" { "Send" }
                button #stop-btn .secondary type="button" hx-ws:send hx-vals=r#"{"k":"stop"}"# { "Stop" }
            }
            (context::drawer())
        }
    }
}

fn list(messages: &[Message]) -> Markup {
    html! { @for message in messages { (article(message)) } }
}

/// A frame that shows a message, new or changed, in its place.
pub fn upsert(message: &Message) -> Markup {
    html! {
        hx-upsert hx-target="#msg-list" { (article(message)) }
        @if message.state() == MessageState::Done && message.role() == Role::Assistant {
            hx-partial hx-target="#said" hx-swap="textContent" { "The model has answered." }
        }
    }
}

/// A frame that shows this conversation and no other.
pub fn replace(messages: &[Message]) -> Markup {
    html! {
        hx-partial hx-target="#msg-list" hx-swap="innerHTML swapEmpty:true" { (list(messages)) }
        (ready())
    }
}

/// A frame that says one sentence above the form.
pub fn note(words: &str) -> Markup {
    html! { hx-partial hx-target="#chat-note" hx-swap="innerHTML" { p { (sentence(words)) } } }
}

/// A frame that lets go of words which wait for an answer.
pub fn ready() -> Markup {
    html! { hx-partial hx-target="#said" hx-swap="textContent swapEmpty:true" { "" } }
}

pub(super) fn article(message: &Message) -> Markup {
    let streaming = message.state() == MessageState::Streaming;
    let who = match message.role() {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
        _ => "system",
    };
    if let Some(action) = &message.action {
        return html! { article id={ "m-" (message.id) } class={ "message " (who) } { (cards::card(message.id, action)) } };
    }
    // `hx-ignore`: nothing inside may ever be taken for instructions to the page.
    html! {
        article id={ "m-" (message.id) } class={ "message " (who) } aria-busy=[streaming.then_some("true")] {
            div id={ "m-" (message.id) "-text" } .text hx-ignore {
                @if streaming || message.role() == Role::User { (message.text) }
                @else { (PreEscaped(markdown::render(&message.text))) }
            }
            @if message.state() == MessageState::Interrupted { p.mark { "Cut short." } }
            @if let Some(usage) = &message.usage { p.usage { (cost(&message.model, usage)) } }
            (messages::actions(message))
        }
    }
}

/// One line under an answer: model, tokens, speed, time to the first word.
fn cost(model: &str, usage: &Usage) -> String {
    let mut parts = vec![model.to_owned(), format!("{} tokens", usage.reply_tokens)];
    if usage.reply_ms > 0 {
        let per_second = usage.reply_tokens as f64 * 1000.0 / usage.reply_ms as f64;
        parts.push(format!("{per_second:.0} per second"));
    }
    parts.push(format!(
        "first after {:.1} s",
        usage.first_token_ms as f64 / 1000.0
    ));
    let used = usage.prompt_tokens + usage.reply_tokens;
    parts.push(match usage.context_tokens {
        0 => format!("read {}", usage.prompt_tokens),
        room => format!("context {used} of {room}"),
    });
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_under_way_are_text_and_a_finished_answer_is_clean_html() {
        let mut message = Message {
            id: 8,
            text: "**hi** <img src=x onerror=alert(1)>".to_owned(),
            role: Role::Assistant.into(),
            state: MessageState::Streaming.into(),
            ..Message::default()
        };
        let streaming = upsert(&message).into_string();
        assert!(
            streaming.contains("aria-busy") && streaming.contains("**hi** &lt;img"),
            "{streaming}"
        );
        message.state = MessageState::Done.into();
        let done = upsert(&message).into_string();
        assert!(done.contains("<strong>hi</strong>"), "{done}");
        assert!(
            !done.contains("<img") && !done.contains("aria-busy"),
            "{done}"
        );
    }

    #[test]
    fn the_cost_line_leaves_out_what_is_not_known() {
        let usage = Usage {
            reply_tokens: 100,
            reply_ms: 2000,
            first_token_ms: 340,
            prompt_tokens: 12,
            load_ms: 0,
            context_tokens: 0,
        };
        assert_eq!(
            cost("toy", &usage),
            "toy · 100 tokens · 50 per second · first after 0.3 s · read 12"
        );
        let roomy = Usage {
            context_tokens: 4096,
            ..usage
        };
        assert!(cost("toy", &roomy).ends_with("context 112 of 4096"));
        let unknown = Usage {
            reply_ms: 0,
            ..usage
        };
        assert!(!cost("toy", &unknown).contains("per second"));
    }
}
