//! The words and the JSON that parts of a message are stored as.
use proto::storage::{MessageState, Role, Usage};
use serde::{Deserialize, Serialize};

use crate::fields::Fields;

const ROLES: [(Role, &str); 4] = [
    (Role::User, "user"),
    (Role::Assistant, "assistant"),
    (Role::System, "system"),
    (Role::Tool, "tool"),
];

const STATES: [(MessageState, &str); 3] = [
    (MessageState::Streaming, "streaming"),
    (MessageState::Done, "done"),
    (MessageState::Interrupted, "interrupted"),
];

/// Takes a role that must be there.
pub(super) fn role(fields: &mut Fields, value: i32) -> &'static str {
    required(fields, "role", &ROLES, value)
}

/// Takes a state that must be there.
pub(super) fn state(fields: &mut Fields, value: i32) -> &'static str {
    required(fields, "state", &STATES, value)
}

/// Takes a state that may be absent.
pub(super) fn state_if_any(fields: &mut Fields, value: i32) -> Option<&'static str> {
    (value != 0).then(|| state(fields, value))
}

/// Returns the role a word stands for.
pub(super) fn role_of(stored: &str) -> Role {
    of(&ROLES, stored)
}

/// Returns the state a word stands for.
pub(super) fn state_of(stored: &str) -> MessageState {
    of(&STATES, stored)
}

/// Returns the JSON that a cost is stored as.
pub(super) fn usage(usage: &Usage) -> String {
    let stored = Stored {
        prompt_tokens: usage.prompt_tokens,
        reply_tokens: usage.reply_tokens,
        load_ms: usage.load_ms,
        first_token_ms: usage.first_token_ms,
        reply_ms: usage.reply_ms,
        context_tokens: usage.context_tokens,
    };
    serde_json::to_string(&stored).expect("numbers are JSON")
}

/// Reads a cost that is stored; what it does not find is 0.
pub(super) fn usage_of(json: &str) -> Usage {
    let stored: Stored = serde_json::from_str(json).unwrap_or_default();
    Usage {
        prompt_tokens: stored.prompt_tokens,
        reply_tokens: stored.reply_tokens,
        load_ms: stored.load_ms,
        first_token_ms: stored.first_token_ms,
        reply_ms: stored.reply_ms,
        context_tokens: stored.context_tokens,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    prompt_tokens: i64,
    reply_tokens: i64,
    load_ms: i64,
    first_token_ms: i64,
    reply_ms: i64,
    context_tokens: i64,
}

fn required<T: Copy + Into<i32>>(
    fields: &mut Fields,
    field: &str,
    words: &[(T, &'static str)],
    value: i32,
) -> &'static str {
    let found = words.iter().find(|(wire, _)| (*wire).into() == value);
    found.map_or_else(
        || {
            let all: Vec<_> = words.iter().map(|(_, word)| *word).collect();
            fields.wrong(field, format!("must be one of {}", all.join(", ")));
            ""
        },
        |(_, word)| word,
    )
}

fn of<T: Copy + Default>(words: &[(T, &str)], stored: &str) -> T {
    let found = words.iter().find(|(_, word)| *word == stored);
    found.map(|(wire, _)| *wire).unwrap_or_default()
}
