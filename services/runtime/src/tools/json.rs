//! JSON in and out of messages, by their descriptors.
use prost_reflect::{
    DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor,
    ReflectMessage as _, SerializeOptions, Value,
};
use serde_json::Value as Json;

/// JSON nested deeper than this is refused; the receiving side could not read it.
const DEPTH: usize = 32;

/// Why JSON is not the wanted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where, such as `labels[1].weight`; empty for the whole.
    pub path: String,
    /// What is wrong there, as the end of a sentence.
    pub reason: String,
}

/// Reads a message strictly: unknown fields, wrong types, absent required fields and enum numbers nobody named are
/// all refused.
///
/// # Errors
/// Lists what is wrong.
pub fn read(message: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Vec<Invalid>> {
    if depth(json) > DEPTH {
        return Err(vec![Invalid {
            path: String::new(),
            reason: format!("is nested deeper than {DEPTH} levels"),
        }]);
    }
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(json, &mut track);
    let read = DynamicMessage::deserialize_with_options(message.clone(), reader, &options);
    match read {
        Ok(read) => {
            let gaps = gaps(&read);
            if gaps.is_empty() { Ok(read) } else { Err(gaps) }
        }
        Err(e) => {
            let path = track.path().to_string();
            Err(vec![Invalid {
                path: if path == "." { String::new() } else { path },
                reason: format!("can not be read: {e}"),
            }])
        }
    }
}

/// Writes a message in the words of its contract: names as in the proto, integers as numbers, defaults included.
pub fn write(message: &DynamicMessage) -> Json {
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false)
        .skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .unwrap_or(Json::Null)
}

/// Lists what the JSON mapping lets through: required fields that are absent, enum numbers without a name.
fn gaps(message: &DynamicMessage) -> Vec<Invalid> {
    let mut gaps = Vec::new();
    for field in message.descriptor().fields() {
        if is_required(&field) && !message.has_field(&field) {
            gaps.push(Invalid {
                path: field.name().to_owned(),
                reason: "is required".to_owned(),
            });
        }
        if message.has_field(&field) && unnamed(&field, &message.get_field(&field)) {
            gaps.push(Invalid {
                path: field.name().to_owned(),
                reason: "holds a number that stands for nothing".to_owned(),
            });
        }
    }
    gaps
}

/// Returns whether the contract asks for a field.
pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    let required = field
        .parent_pool()
        .get_extension_by_name("botiferrous.options.v1.required");
    required.is_some_and(|extension| {
        let options = field.options();
        options.has_extension(&extension)
            && options.get_extension(&extension).as_bool() == Some(true)
    })
}

fn unnamed(field: &FieldDescriptor, value: &Value) -> bool {
    let Kind::Enum(names) = field.kind() else {
        return false;
    };
    match value {
        Value::EnumNumber(number) => names.get_value(*number).is_none(),
        Value::List(values) => values.iter().any(|value| unnamed(field, value)),
        _ => false,
    }
}

fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::Catalog;

    fn input_of(tool: &str) -> MessageDescriptor {
        Catalog::built_in().find(tool).expect(tool).method.input()
    }

    #[test]
    fn a_good_request_comes_back_in_the_words_of_the_contract() {
        let read = read(
            &input_of("task_update"),
            &json!({"id": 7, "name": "x", "done": false}),
        )
        .expect("good");
        assert_eq!(write(&read), json!({"id": 7, "name": "x", "done": false}));
    }

    #[test]
    fn bad_requests_are_refused_with_the_place() {
        let bad = |json| {
            read(&input_of("task_update"), &json)
                .expect_err("bad")
                .remove(0)
        };
        assert_eq!(bad(json!({"name": "x"})).path, "id");
        assert!(bad(json!({"id": 7, "nme": "x"})).reason.contains("nme"));
        assert_eq!(bad(json!({"id": 7, "done": "maybe"})).path, "done");
        assert!(bad(json!([])).reason.contains("map"));
        let mut deep = json!({});
        for _ in 0..40 {
            deep = json!({ "id": deep });
        }
        assert!(bad(deep).reason.contains("nested"));
    }
}
