//! Reads values that Botify's own descriptions do not agree on: numbers may be strings, and strings numbers.
use serde_json::Value;

/// Returns the text at a JSON pointer; empty when there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Returns the first text that is not empty.
pub(crate) fn first_text<const N: usize>(value: &Value, pointers: [&str; N]) -> Option<String> {
    let mut texts = pointers.iter().map(|pointer| text(value, pointer));
    texts.find(|text| !text.is_empty())
}

/// Returns the count at a JSON pointer; 0 when there is none.
pub(crate) fn count(value: &Value, pointer: &str) -> i64 {
    match value.pointer(pointer) {
        Some(Value::Number(number)) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|whole| whole as i64))
            .unwrap_or_default(),
        Some(Value::String(text)) => text.trim().parse().unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_strings_stand_for_each_other() {
        let value = json!({"a": "12", "b": 12, "c": 12.0, "d": null, "e": "many"});
        for pointer in ["/a", "/b", "/c"] {
            assert_eq!(count(&value, pointer), 12, "{pointer}");
        }
        assert_eq!(count(&value, "/d") + count(&value, "/e"), 0);
        assert_eq!(text(&value, "/b"), "12");
        assert_eq!(
            first_text(&value, ["/d", "/x", "/e"]).as_deref(),
            Some("many")
        );
    }
}
