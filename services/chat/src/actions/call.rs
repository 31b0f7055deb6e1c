//! Calls as models write them, made into what the contracts ask for.
//!
//! The original app's models learned other arguments than ours: numbers as text, items to sort, a field to toggle. They
//! are understood here, before anything is checked, so that the checks themselves can be strict.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::model::Call;

impl Call {
    /// Makes a call of the named tool.
    pub fn new(tool: impl Into<String>, args: Json) -> Self {
        let tool = tool.into().trim().to_ascii_lowercase();
        let args = understood(&tool, object(args));
        Self { tool, args }
    }

    /// Reads the original app's form: an object with `action`, `target` and perhaps `args`.
    pub(crate) fn read(object: &Map<String, Json>) -> Option<Self> {
        let word = |name: &str| object.get(name)?.as_str().map(str::trim);
        let (action, target) = (word("action")?, word("target")?);
        let args = object.get("args").cloned().unwrap_or(Json::Null);
        Some(Self::new(format!("{target}_{action}"), args))
    }

    /// Returns a text that is the same for calls that ask for the same.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.tool, canonical(&self.args))
    }
}

/// Takes nothing for an empty object, and text that holds an object for the object.
fn object(args: Json) -> Json {
    match args {
        Json::Null => json!({}),
        Json::String(text) => match serde_json::from_str(&text) {
            Ok(Json::Object(object)) => Json::Object(object),
            _ => Json::String(text),
        },
        other => other,
    }
}

fn understood(tool: &str, args: Json) -> Json {
    let Json::Object(mut args) = args else {
        return args;
    };
    if tool.ends_with("_sort") {
        sorted(&mut args);
    }
    if let Some(target) = tool.strip_suffix("_toggle") {
        toggled(target, &mut args);
    }
    let args = args.into_iter();
    args.map(|(name, value)| match is_number(&name) {
        true => (name, number(value)),
        false => (name, value),
    })
    .collect()
}

/// Turns `items` with `id` and `priority` into `ids` in that order.
fn sorted(args: &mut Map<String, Json>) {
    let Some(Json::Array(items)) = args.get("items") else {
        return;
    };
    let priority = |item: &Json| number(item["priority"].clone()).as_i64();
    let mut items = items.clone();
    items.sort_by_key(priority);
    let ids = items.iter().map(|item| item["id"].clone()).collect();
    args.remove("items");
    args.insert("ids".to_owned(), Json::Array(ids));
}

/// Turns `field` and `new_value` into the field itself.
fn toggled(target: &str, args: &mut Map<String, Json>) {
    let usual = if target == "profile" {
        "active"
    } else {
        "done"
    };
    let field = args.remove("field");
    let field = field.as_ref().and_then(Json::as_str).unwrap_or(usual);
    let wanted = match args.remove("new_value") {
        Some(Json::String(text)) => text.trim().to_ascii_lowercase().parse().ok(),
        Some(value) => value.as_bool(),
        None => None,
    };
    if let Some(wanted) = wanted {
        args.insert(field.to_owned(), wanted.into());
    }
}

fn is_number(name: &str) -> bool {
    matches!(name, "id" | "ids" | "priority") || name.ends_with("_id")
}

/// Reads a number that is written as text or with a fraction of zero, alone or in a list.
fn number(value: Json) -> Json {
    match value {
        Json::String(text) => text
            .trim()
            .parse::<i64>()
            .map_or(Json::String(text), Json::from),
        Json::Number(number) => match number.as_f64() {
            // Beyond this a double has no place for every integer.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                Json::from(float as i64)
            }
            _ => Json::Number(number),
        },
        Json::Array(values) => values.into_iter().map(number).collect(),
        other => other,
    }
}

fn canonical(json: &Json) -> String {
    match json {
        Json::Object(fields) => {
            let sorted: BTreeMap<&String, String> = fields
                .iter()
                .map(|(name, value)| (name, canonical(value)))
                .collect();
            format!("{sorted:?}")
        }
        Json::Array(values) => {
            let values: Vec<String> = values.iter().map(canonical).collect();
            format!("{values:?}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(tool: &str, args: Json) -> Json {
        Call::new(tool, args).args
    }

    #[test]
    fn what_the_original_s_models_learned_is_understood() {
        assert_eq!(args("task_list", Json::Null), json!({}));
        assert_eq!(args("task_read", json!({"id": "7"})), json!({"id": 7}));
        assert_eq!(args("task_read", json!({"id": 7.0})), json!({"id": 7}));
        let items = json!({"items": [{"id": "3", "priority": 2}, {"id": 5, "priority": "1"}]});
        assert_eq!(args("task_sort", items), json!({"ids": [5, 3]}));
        let toggle = json!({"id": "3", "field": "done", "new_value": "true"});
        assert_eq!(args("task_toggle", toggle), json!({"id": 3, "done": true}));
        let toggle = json!({"id": 3, "new_value": false});
        assert_eq!(
            args("profile_toggle", toggle),
            json!({"id": 3, "active": false})
        );
        let toggle = json!({"id": 3, "field": "done"});
        assert_eq!(args("task_toggle", toggle), json!({"id": 3}));
        assert_eq!(
            args("task_insert", json!("{\"name\":\"x\"}")),
            json!({"name": "x"})
        );
    }

    #[test]
    fn what_is_no_number_stays_as_it_is() {
        assert_eq!(args("task_read", json!({"id": "x"})), json!({"id": "x"}));
        assert_eq!(args("task_read", json!({"id": 1.5})), json!({"id": 1.5}));
        assert_eq!(
            args("task_insert", json!({"name": "7"})),
            json!({"name": "7"})
        );
        assert_eq!(args("task_insert", json!([1])), json!([1]));
    }

    #[test]
    fn the_same_call_has_the_same_key_however_it_is_written() {
        let key = |args| Call::new("task_update", args).key();
        let one = key(json!({"id": 1, "name": "x"}));
        assert_eq!(one, key(json!({"name": "x", "id": "1"})));
        assert_ne!(one, key(json!({"name": "X", "id": 1})));
        assert_ne!(key(json!({"name": "1"})), key(json!({"name": 1})));
    }
}
