//! Which pages count: `and`, `or`, `not`, and the predicates.
use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use super::{Scope, order::compare};
use crate::sandbox::{answer::Refusal, crawl::Crawl, fields::Field};

/// A filter.
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Field(&'static Field, Predicate),
}

/// What is asked of one value.
pub(super) enum Predicate {
    Is(fn(Ordering) -> bool, Value),
    Between(Value, Value),
    Text(fn(&str, &str) -> bool, String),
    Matches(Regex),
    Exists,
}

impl Filter {
    pub(super) fn read(scope: &Scope<'_>, value: &Value) -> Result<Self, Refusal> {
        let parts = |parts: &Value| match parts.as_array() {
            Some(parts) => parts.iter().map(|part| Self::read(scope, part)).collect(),
            None => Err(Refusal::bad_query("`and` and `or` take arrays")),
        };
        if let Some(all) = value.get("and") {
            return parts(all).map(Self::All);
        }
        if let Some(any) = value.get("or") {
            return parts(any).map(Self::Any);
        }
        if let Some(not) = value.get("not") {
            return Ok(Self::Not(Box::new(Self::read(scope, not)?)));
        }
        Ok(Self::Field(scope.named(value)?, Predicate::read(value)?))
    }

    pub(super) fn takes(&self, crawl: &Crawl, page: usize) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.takes(crawl, page)),
            Self::Any(parts) => parts.iter().any(|part| part.takes(crawl, page)),
            Self::Not(part) => !part.takes(crawl, page),
            Self::Field(field, predicate) => match (field.of)(crawl, page) {
                Value::Array(values) => values.iter().any(|value| predicate.holds(value)),
                value => predicate.holds(&value),
            },
        }
    }
}

impl Predicate {
    fn read(filter: &Value) -> Result<Self, Refusal> {
        let name = filter.get("predicate").map_or(Some("eq"), Value::as_str);
        let value = &filter["value"];
        let text = |test| {
            let text = value.as_str().map(str::to_owned);
            text.map(|text| Self::Text(test, text))
                .ok_or_else(|| Refusal::bad_query(format!("no text: {value}")))
        };
        Ok(match name.unwrap_or_default() {
            "exists" => Self::Exists,
            "between" => match value.as_array().map(Vec::as_slice) {
                Some([low, high]) => Self::Between(low.clone(), high.clone()),
                _ => return Err(Refusal::bad_query("`between` takes two values")),
            },
            "contains" => text(|value, part| value.contains(part))?,
            "starts" => text(|value, start| value.starts_with(start))?,
            "ends" => text(|value, end| value.ends_with(end))?,
            "with_children" => text(|value, of| value == of || is_child(value, of))?,
            "without_children" => text(|value, of| value == of)?,
            "only_children" => text(is_child)?,
            "re" => {
                let regex = Regex::new(value.as_str().unwrap_or_default());
                Self::Matches(regex.map_err(|e| Refusal::bad_query(format!("no regex: {e}")))?)
            }
            other => Self::Is(
                comparison(other)
                    .ok_or_else(|| Refusal::bad_query(format!("unknown predicate `{other}`")))?,
                value.clone(),
            ),
        })
    }

    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Exists => !value.is_null(),
            _ if value.is_null() => false,
            Self::Is(test, other) => test(compare(value, other)),
            Self::Between(low, high) => compare(value, low).is_ge() && compare(value, high).is_le(),
            Self::Text(test, other) => value.as_str().is_some_and(|text| test(text, other)),
            Self::Matches(regex) => value.as_str().is_some_and(|text| regex.is_match(text)),
        }
    }
}

/// Returns the comparison of a name, which predicates and counting metrics share.
pub(super) fn comparison(name: &str) -> Option<fn(Ordering) -> bool> {
    Some(match name {
        "eq" => Ordering::is_eq,
        "lt" => Ordering::is_lt,
        "lte" => Ordering::is_le,
        "gt" => Ordering::is_gt,
        "gte" => Ordering::is_ge,
        _ => return None,
    })
}

fn is_child(value: &str, of: &str) -> bool {
    value
        .strip_prefix(of)
        .is_some_and(|rest| rest.starts_with('/'))
}
