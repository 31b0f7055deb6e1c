//! The JSON that the action of a message is stored as.
use proto::{
    options::Effect,
    storage::{Action, ActionState},
};
use serde::{Deserialize, Serialize};

use crate::fields::Fields;

/// Characters in the name of a tool.
const NAME: usize = 200;
/// Characters in a sentence about a failure.
const SENTENCE: usize = 2_000;
/// Characters in a request, a result or a list of rows.
const JSON: usize = 100_000;

const STATES: [(ActionState, &str); 7] = [
    (ActionState::Waiting, "waiting"),
    (ActionState::Running, "running"),
    (ActionState::Done, "done"),
    (ActionState::Declined, "declined"),
    (ActionState::Refused, "refused"),
    (ActionState::Failed, "failed"),
    (ActionState::Undone, "undone"),
];

const EFFECTS: [(Effect, &str); 5] = [
    (Effect::Unspecified, "unknown"),
    (Effect::Read, "read"),
    (Effect::Write, "write"),
    (Effect::Delete, "delete"),
    (Effect::Spend, "spend"),
];

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    tool: String,
    request: String,
    effect: String,
    state: String,
    result: String,
    error: String,
    change_group: i64,
    before: String,
    after: String,
}

/// Takes an action that may be absent.
pub(super) fn taken(fields: &mut Fields, action: Option<Action>) -> Option<String> {
    let action = action?;
    let stored = Stored {
        state: word(fields, "action.state", &STATES, action.state),
        effect: word(fields, "action.effect", &EFFECTS, action.effect),
        tool: fields.name("action.tool", &action.tool),
        request: fields.text("action.request", action.request, JSON),
        result: fields.text("action.result", action.result, JSON),
        error: fields.text("action.error", action.error, SENTENCE),
        change_group: action.change_group,
        before: fields.text("action.before", action.before, JSON),
        after: fields.text("action.after", action.after, JSON),
    };
    if stored.tool.chars().count() > NAME {
        fields.wrong(
            "action.tool",
            format!("must not be longer than {NAME} characters"),
        );
    }
    Some(serde_json::to_string(&stored).expect("text and numbers are JSON"))
}

/// Reads an action that is stored; what it does not find is empty.
pub(super) fn of(json: &str) -> Action {
    let stored: Stored = serde_json::from_str(json).unwrap_or_default();
    Action {
        state: meaning(&STATES, &stored.state),
        effect: meaning(&EFFECTS, &stored.effect),
        tool: stored.tool,
        request: stored.request,
        result: stored.result,
        error: stored.error,
        change_group: stored.change_group,
        before: stored.before,
        after: stored.after,
    }
}

fn word<T: Copy + Into<i32>>(
    fields: &mut Fields,
    field: &str,
    words: &[(T, &str)],
    value: i32,
) -> String {
    let found = words.iter().find(|(wire, _)| (*wire).into() == value);
    if found.is_none() {
        let all: Vec<_> = words.iter().map(|(_, word)| *word).collect();
        fields.wrong(field, format!("must be one of {}", all.join(", ")));
    }
    found
        .map(|(_, word)| (*word).to_owned())
        .unwrap_or_default()
}

fn meaning<T: Copy + Into<i32>>(words: &[(T, &str)], stored: &str) -> i32 {
    let found = words.iter().find(|(_, word)| *word == stored);
    found.map_or(0, |(wire, _)| (*wire).into())
}
