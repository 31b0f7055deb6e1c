//! JSON objects to and from `google.protobuf.Struct`, where every number is a double.
use prost_types::{ListValue, Struct, Value as Wire, value::Kind};
use serde_json::{Map, Number, Value};

/// Doubles hold every whole number up to here.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Returns the JSON form of a `Struct`, with whole numbers whole again; absent when it holds a number that JSON does
/// not have.
pub fn of_struct(object: Struct) -> Option<Map<String, Value>> {
    let fields = object.fields.into_iter();
    fields
        .map(|(name, value)| Some((name, of_wire(value)?)))
        .collect()
}

/// Returns the wire form of a JSON object.
pub fn to_struct(object: Map<String, Value>) -> Struct {
    let fields = object.into_iter();
    Struct {
        fields: fields.map(|(name, value)| (name, to_wire(value))).collect(),
    }
}

/// Returns the wire form of JSON values.
pub fn to_list(values: Vec<Value>) -> ListValue {
    ListValue {
        values: values.into_iter().map(to_wire).collect(),
    }
}

fn of_wire(value: Wire) -> Option<Value> {
    Some(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(yes)) => Value::Bool(yes),
        Some(Kind::NumberValue(number)) => Value::Number(number_of(number)?),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => {
            let values = list.values.into_iter();
            Value::Array(values.map(of_wire).collect::<Option<_>>()?)
        }
        Some(Kind::StructValue(object)) => Value::Object(of_struct(object)?),
    })
}

fn number_of(number: f64) -> Option<Number> {
    if number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE {
        return Some(Number::from(number as i64)); // exact: whole and in range
    }
    Number::from_f64(number)
}

fn to_wire(value: Value) -> Wire {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(yes) => Kind::BoolValue(yes),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(values) => Kind::ListValue(to_list(values)),
        Value::Object(object) => Kind::StructValue(to_struct(object)),
    };
    Wire { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_survive_the_wire_and_whole_numbers_stay_whole() {
        let object = json!({"a": [1.5, 3, "x", null, true], "b": {"c": -7}});
        let object = object.as_object().expect("object").clone();
        let back = of_struct(to_struct(object.clone())).expect("JSON");
        assert_eq!(back, object);
        assert!(back["b"]["c"].is_i64());
    }

    #[test]
    fn a_number_that_json_has_no_word_for_is_refused() {
        let fields = [(
            "n".to_owned(),
            Wire {
                kind: Some(Kind::NumberValue(f64::NAN)),
            },
        )];
        assert_eq!(
            of_struct(Struct {
                fields: fields.into()
            }),
            None
        );
    }
}
