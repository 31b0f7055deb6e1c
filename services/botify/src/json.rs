//! JSON on its way between Botify, where whole numbers are whole, and `google.protobuf.Value`, where all are doubles.
use prost_types::{ListValue, Struct, Value as Wire, value::Kind};
use serde_json::{Map, Number, Value};

/// Doubles hold every whole number up to here.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Returns the JSON form of a `Struct`, its keys in alphabetical order; absent when it holds a number that JSON does
/// not have.
pub(crate) fn of_struct(fields: Struct) -> Option<Value> {
    let pairs = fields.fields.into_iter();
    pairs
        .map(|(key, value)| Some((key, of_wire(value)?)))
        .collect::<Option<Map<_, _>>>()
        .map(Value::Object)
}

/// Returns the wire form of JSON values.
pub(crate) fn to_list(values: Vec<Value>) -> ListValue {
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
        Some(Kind::StructValue(fields)) => of_struct(fields)?,
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
        Value::Object(fields) => Kind::StructValue(Struct {
            fields: fields.into_iter().map(|(k, v)| (k, to_wire(v))).collect(),
        }),
    };
    Wire { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn there_and_back(value: Value) -> Option<Value> {
        of_wire(to_wire(value))
    }

    #[test]
    fn whole_numbers_leave_as_whole_numbers() {
        let value =
            there_and_back(json!({"value": 3, "list": [0, -7, 2.5], "no": null, "yes": true}));
        let text = value.expect("json").to_string();
        assert_eq!(
            text,
            r#"{"list":[0,-7,2.5],"no":null,"value":3,"yes":true}"#
        );
    }

    #[test]
    fn numbers_that_json_does_not_have_are_refused() {
        let endless = Wire {
            kind: Some(Kind::NumberValue(f64::INFINITY)),
        };
        assert_eq!(of_wire(endless), None);
    }
}
