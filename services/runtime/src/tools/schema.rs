//! The JSON schema of a message, so that a model knows what a tool takes.
//!
//! Only plain keywords are used and nothing refers to anything else: grammars made from a schema understand little more.
use std::collections::HashMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::{catalog::comments, json::is_required};

/// Messages inside messages, at most; what lies deeper is any object.
const DEPTH: usize = 3;

/// Returns the schema of a message: names as in the contract, comments as descriptions.
pub fn of(message: &MessageDescriptor) -> Json {
    object(message, DEPTH)
}

fn object(message: &MessageDescriptor, depth: usize) -> Json {
    let comments = comments(&message.parent_file());
    let properties: Map<String, Json> = message
        .fields()
        .map(|field| (field.name().to_owned(), property(&field, &comments, depth)))
        .collect();
    let required: Vec<String> = message
        .fields()
        .filter(is_required)
        .map(|field| field.name().to_owned())
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &FieldDescriptor, comments: &HashMap<Vec<i32>, String>, depth: usize) -> Json {
    let value = |kind: &Kind| value(kind, depth);
    let mut schema = if field.is_map() {
        let entry = field.kind();
        let inner = entry
            .as_message()
            .map(MessageDescriptor::map_entry_value_field);
        let inner = inner.map_or(Json::Bool(true), |field| value(&field.kind()));
        json!({ "type": "object", "additionalProperties": inner })
    } else if field.is_list() {
        json!({ "type": "array", "items": value(&field.kind()) })
    } else {
        value(&field.kind())
    };
    if let Some(comment) = comments.get(field.path()) {
        schema["description"] = json!(comment);
    }
    schema
}

fn value(kind: &Kind, depth: usize) -> Json {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Double | Kind::Float => json!({ "type": "number" }),
        Kind::String | Kind::Bytes => json!({ "type": "string" }),
        Kind::Enum(names) => json!({ "type": "string", "enum": words(names) }),
        Kind::Message(message) => nested(message, depth),
        _ => json!({ "type": "integer" }), // the ten kinds of integers
    }
}

fn nested(message: &MessageDescriptor, depth: usize) -> Json {
    match message.full_name() {
        "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "google.protobuf.Duration" => json!({ "type": "string", "pattern": "^[0-9.]+s$" }),
        "google.protobuf.Struct" => json!({ "type": "object" }),
        _ if depth == 0 => json!({ "type": "object" }),
        _ => object(message, depth - 1),
    }
}

/// Returns the names of an enum, without the one that says nothing.
fn words(names: &EnumDescriptor) -> Vec<String> {
    let all = names.values().map(|value| value.name().to_owned());
    all.filter(|name| !name.ends_with("_UNSPECIFIED")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Catalog;

    fn schema(tool: &str) -> Json {
        of(&Catalog::built_in().find(tool).expect(tool).method.input())
    }

    #[test]
    fn a_request_is_described_in_the_words_of_its_contract() {
        assert_eq!(
            schema("task_insert"),
            json!({
                "type": "object",
                "properties": {
                    "name": {
                        "type": "string",
                        "description": "What to do, 1 to 500 characters; white space around it is dropped.",
                    },
                    "profile_id": {
                        "type": "integer",
                        "description": "Number of the profile; absent means the one picked in the page's top bar.",
                    },
                },
                "additionalProperties": false,
                "required": ["name"],
            })
        );
        let sort = schema("task_sort");
        assert_eq!(sort["properties"]["ids"]["type"], "array");
        assert_eq!(
            sort["properties"]["ids"]["items"],
            json!({"type": "integer"})
        );
    }

    #[test]
    fn an_enum_lists_its_names_without_the_one_that_says_nothing() {
        let state = &schema("message_list")["properties"]["state"];
        assert_eq!(
            state["enum"],
            json!([
                "MESSAGE_STATE_STREAMING",
                "MESSAGE_STATE_DONE",
                "MESSAGE_STATE_INTERRUPTED"
            ])
        );
    }

    #[test]
    fn every_tool_has_a_schema_that_describes_each_field() {
        for tool in Catalog::built_in().iter() {
            let schema = of(&tool.method.input());
            let fields = schema["properties"].as_object().expect("an object");
            for (name, field) in fields {
                let said = field["description"].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{}.{name}", tool.name());
            }
        }
    }
}
