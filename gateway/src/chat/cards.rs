//! Cards: what the model did, or wants to do, with the rows it is about and the buttons that decide.
use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use maud::{Markup, html};
use proto::{
    chat::{DecideActionRequest, Decision, RunActionRequest},
    options::Effect,
    storage::{Action, ActionState},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Input, Page},
    ui::{sentence, words},
};

/// Characters of one value on a card.
const SHOWN: usize = 200;

/// The route that decides.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/chat/action/{id}", post(decide))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    decision: Word,
}

/// What the buttons say.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Allow,
    Always,
    Decline,
    Undo,
}

impl From<Word> for Decision {
    fn from(word: Word) -> Self {
        match word {
            Word::Allow => Self::Allow,
            Word::Always => Self::Always,
            Word::Decline => Self::Decline,
            Word::Undo => Self::Undo,
        }
    }
}

/// Decides; the card itself changes on every page when storage says so.
async fn decide(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(form): Input<Decide>,
) -> Result<Response, Failure> {
    let request = DecideActionRequest {
        id: Some(id),
        decision: Decision::from(form.decision).into(),
    };
    let decided = gateway.clients.chat.clone().decide_action(request).await;
    decided.map_err(|status| page.fail(status))?;
    Ok(page.changed("/", html! {}))
}

/// An action that a page asks for in the words of the model, as a JSON frame.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call {
    action: Option<String>,
    target: Option<String>,
    args: Map<String, Value>,
}

impl Call {
    /// Returns whether the frame asks for an action at all.
    pub(super) fn is_there(&self) -> bool {
        self.action.is_some()
    }
}

/// Runs an action under the same policy as the model's; its card says what came of it.
pub(super) fn run(gateway: Arc<Gateway>, profile_id: i64, app: String, call: Call) {
    let request = RunActionRequest {
        action: call.action.unwrap_or_default(),
        target: call.target.unwrap_or_default(),
        args: Some(proto::json::to_struct(call.args)),
        profile_id: (profile_id != 0).then_some(profile_id),
        app,
    };
    tokio::spawn(async move {
        if let Err(status) = gateway.clients.chat.clone().run_action(request).await {
            gateway
                .chat
                .note(profile_id, &Error::from(status).sentence());
        }
    });
}

/// A card. Everything on it that others wrote is text.
pub(super) fn card(id: i64, action: &Action) -> Markup {
    let (class, state) = standing(action.state());
    html! {
        div class={ "action " (class) } {
            header { strong { (title(&action.tool)) } span.state { (state) } }
            (rows(action))
            @if !action.error.is_empty() { p.error { (sentence(&action.error)) } }
            details { summary { "The call" } pre { (action.tool) " " (pretty(&action.request)) } }
            (buttons(id, action))
        }
    }
}

fn standing(state: ActionState) -> (&'static str, &'static str) {
    match state {
        ActionState::Waiting => ("waiting", "waits for you"),
        ActionState::Running => ("running", "running…"),
        ActionState::Done => ("done", "done"),
        ActionState::Declined => ("declined", "declined"),
        ActionState::Refused => ("refused", "refused"),
        ActionState::Failed => ("failed", "failed"),
        ActionState::Undone => ("undone", "undone"),
        ActionState::Unspecified => ("", ""),
    }
}

/// Returns a tool's name as a person says it: `task_insert` becomes `Insert task`.
fn title(tool: &str) -> String {
    match tool.rsplit_once('_') {
        Some((target, action)) => format!("{} {}", words(action), target.replace('_', " ")),
        None => words(tool),
    }
}

fn buttons(id: i64, action: &Action) -> Markup {
    let undoable = action.state() == ActionState::Done && action.change_group != 0;
    let waiting = action.state() == ActionState::Waiting;
    // What deletes or spends is asked for each time.
    let may_always = matches!(action.effect(), Effect::Read | Effect::Write);
    let here = format!("/chat/action/{id}");
    html! {
        @if waiting || undoable {
            form.decide action=(here) method="post" hx-post=(here) hx-swap="none" {
                @if waiting {
                    button name="decision" value="allow" { "Allow once" }
                    @if may_always { button.secondary name="decision" value="always" { "Always for this action" } }
                    button.secondary name="decision" value="decline" { "Decline" }
                } @else {
                    button.secondary name="decision" value="undo" { "Undo" }
                }
            }
        }
    }
}

/// The rows before and after, as far as they differ; the request where no row is known.
fn rows(action: &Action) -> Markup {
    let (before, after) = (by_key(&action.before), by_key(&action.after));
    let keys: Vec<&String> = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)))
        .collect();
    html! {
        @if keys.is_empty() {
            dl { @for (name, value) in &object(&action.request) { dt { (words(name)) } dd { (text(value)) } } }
        }
        @for key in keys {
            (row(before.get(key), after.get(key)))
        }
    }
}

fn row(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> Markup {
    let either = after.or(before);
    let name = either
        .and_then(|row| row.get("name").or_else(|| row.get("key")))
        .map(text)
        .unwrap_or_default();
    let fields = either
        .into_iter()
        .flat_map(Map::keys)
        .filter(|field| *field != "id" && *field != "name");
    html! {
        p.row {
            @match (before, after) {
                (None, _) => ins { (name) },
                (_, None) => del { (name) },
                _ => span { (name) },
            }
        }
        @if let (Some(before), Some(after)) = (before, after) {
            dl {
                @for field in fields.chain(["name".to_owned()].iter()).filter(|field| before.get(*field) != after.get(*field)) {
                    dt { (words(field)) }
                    dd { del { (before.get(field).map(text).unwrap_or_default()) } " → " ins { (after.get(field).map(text).unwrap_or_default()) } }
                }
            }
        }
    }
}

/// Reads an array of rows, each under its key.
fn by_key(json: &str) -> BTreeMap<String, Map<String, Value>> {
    let rows: Vec<Map<String, Value>> = serde_json::from_str(json).unwrap_or_default();
    let key = |row: &Map<String, Value>| {
        ["id", "key", "url"]
            .iter()
            .find_map(|name| row.get(*name))
            .map(text)
    };
    rows.into_iter()
        .map(|row| (key(&row).unwrap_or_default(), row))
        .collect()
}

fn object(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

fn text(value: &Value) -> String {
    let whole = match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    match whole.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}

fn pretty(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(state: ActionState) -> Action {
        Action {
            tool: "task_delete".to_owned(),
            request: r#"{"id": 7}"#.to_owned(),
            effect: Effect::Delete.into(),
            state: state.into(),
            before: r#"[{"id": 7, "name": "<b>milk</b>", "done": false}]"#.to_owned(),
            ..Action::default()
        }
    }

    #[test]
    fn a_waiting_delete_shows_the_row_and_can_not_be_allowed_for_ever() {
        let html = card(1, &action(ActionState::Waiting)).into_string();
        assert!(html.contains("<strong>Delete task</strong>"), "{html}");
        assert!(
            html.contains("<del>&lt;b&gt;milk&lt;/b&gt;</del>"),
            "{html}"
        );
        assert!(html.contains("Allow once") && html.contains("Decline"));
        assert!(!html.contains("Always"));
    }

    #[test]
    fn an_update_shows_what_differs_and_can_be_undone() {
        let update = Action {
            tool: "task_toggle".to_owned(),
            effect: Effect::Write.into(),
            after: r#"[{"id": 7, "name": "<b>milk</b>", "done": true}]"#.to_owned(),
            change_group: 5,
            ..action(ActionState::Done)
        };
        let html = card(1, &update).into_string();
        assert!(html.contains("<del>no</del> → <ins>yes</ins>"), "{html}");
        assert!(html.contains("value=\"undo\"") && !html.contains("Allow once"));
    }

    #[test]
    fn what_was_decided_offers_no_buttons() {
        for state in [
            ActionState::Declined,
            ActionState::Undone,
            ActionState::Failed,
            ActionState::Refused,
        ] {
            assert!(!card(1, &action(state)).into_string().contains("<button"));
        }
    }
}
