//! JSON objects to and from the wire.
use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::{Map, Value as Json};

/// Reads an object from the wire. Numbers that JSON has no word for become null.
pub(super) fn read(object: Struct) -> Map<String, Json> {
    let fields = object.fields.into_iter();
    fields
        .map(|(name, value)| (name, read_value(value)))
        .collect()
}

fn read_value(value: Value) -> Json {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(is)) => is.into(),
        Some(Kind::NumberValue(number)) => number.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(read_value).collect(),
        Some(Kind::StructValue(object)) => read(object).into(),
    }
}

/// Writes an object for the wire.
pub(super) fn write(object: Map<String, Json>) -> Struct {
    let fields = object.into_iter();
    Struct {
        fields: fields
            .map(|(name, value)| (name, write_value(value)))
            .collect(),
    }
}

/// Writes any JSON as an object; what is none goes under the name `value`.
pub(super) fn write_any(json: Json) -> Struct {
    match json {
        Json::Object(object) => write(object),
        other => write(Map::from_iter([("value".to_owned(), other)])),
    }
}

fn write_value(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(is) => Kind::BoolValue(is),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text),
        Json::Array(items) => Kind::ListValue(ListValue {
            values: items.into_iter().map(write_value).collect(),
        }),
        Json::Object(object) => Kind::StructValue(write(object)),
    };
    Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_survive_the_wire() {
        let object = json!({"a": [1.5, "x", null, true], "b": {"c": "d"}});
        let object = object.as_object().expect("object").clone();
        assert_eq!(read(write(object.clone())), object);
    }
}
