//! One page of a listing, with or without its envelope.
use serde_json::Value;

use super::{Base, lenient};
use crate::error::Error;

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// What it lists.
    pub(super) items: Vec<Value>,
    /// The address of the page after it.
    pub(super) next: Option<String>,
}

impl Listing {
    /// Reads an envelope, or a bare array.
    pub(super) fn read(base: &Base, mut body: Value) -> Result<Self, Error> {
        let next = lenient::first_text(&body, ["/next"]);
        let items = match body.get_mut("results").map(Value::take) {
            Some(items) => items,
            None => body,
        };
        match items {
            Value::Array(items) => Ok(Self { items, next }),
            _ => Err(base.unreadable("answers with JSON that is no listing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<Listing, Error> {
        Listing::read(&"https://api.botify.com/v1".parse().expect("base"), body)
    }

    #[test]
    fn an_envelope_may_be_missing_or_sparse() {
        let one = |next: Option<&str>| Listing {
            items: vec![json!(1)],
            next: next.map(str::to_owned),
        };
        assert_eq!(read(json!([1])).expect("bare"), one(None));
        assert_eq!(read(json!({"results": [1]})).expect("sparse"), one(None));
        let full = json!({"count": 2, "next": "/x", "previous": null, "results": [1]});
        assert_eq!(read(full).expect("full"), one(Some("/x")));
    }

    #[test]
    fn anything_else_is_no_listing() {
        for body in [
            json!({}),
            json!("text"),
            json!({"results": null}),
            json!(null),
        ] {
            assert!(read(body.clone()).is_err(), "{body} was read");
        }
    }
}
