//! In which order rows come.
use std::cmp::Ordering;

use serde_json::Value;

use super::{Row, Scope};
use crate::sandbox::answer::Refusal;

/// One key of the order.
pub(super) struct Sort {
    place: Place,
    direction: Direction,
}

enum Place {
    Dimension(usize),
    Metric(usize),
}

enum Direction {
    Rising,
    Falling,
}

impl Sort {
    /// Reads `sort`: places of dimensions, `{index, type, order}`, or `{field, order}`.
    pub(super) fn read(scope: &Scope<'_>, query: &Value) -> Result<Vec<Self>, Refusal> {
        let keys = match &query["sort"] {
            Value::Null => return Ok(Vec::new()),
            Value::Array(keys) => keys,
            _ => return Err(Refusal::bad_query("`sort` takes an array")),
        };
        keys.iter()
            .map(|key| Self::key(scope, query, key))
            .collect()
    }

    fn key(scope: &Scope<'_>, query: &Value, key: &Value) -> Result<Self, Refusal> {
        let place = match key["field"].as_str() {
            Some(field) => Place::of_field(scope, query, field),
            None => Place::of_index(query, key),
        };
        Ok(Self {
            place: place.ok_or_else(|| Refusal::bad_query(format!("can not sort by {key}")))?,
            direction: match key["order"].as_str() {
                Some("desc") => Direction::Falling,
                _ => Direction::Rising,
            },
        })
    }

    fn of<'a>(&self, row: &'a Row) -> &'a Value {
        match self.place {
            Place::Dimension(index) => &row.dimensions[index],
            Place::Metric(index) => &row.metrics[index],
        }
    }
}

impl Place {
    fn of_field(scope: &Scope<'_>, query: &Value, field: &str) -> Option<Self> {
        let bare = |name: &str| scope.below(name).unwrap_or(name).to_owned();
        let same = |value: &Value| {
            let name = value.as_str().or_else(|| value["field"].as_str());
            name.is_some_and(|name| bare(name) == bare(field))
        };
        let find = |kind: &str| query[kind].as_array()?.iter().position(same);
        let dimension = find("dimensions").map(Self::Dimension);
        dimension.or_else(|| find("metrics").map(Self::Metric))
    }

    fn of_index(query: &Value, key: &Value) -> Option<Self> {
        let index = key.as_u64().or_else(|| key["index"].as_u64())?;
        let index = usize::try_from(index).ok()?;
        let kind = key["type"].as_str().unwrap_or("dimensions");
        query[kind].as_array().filter(|list| index < list.len())?;
        match kind {
            "dimensions" => Some(Self::Dimension(index)),
            "metrics" => Some(Self::Metric(index)),
            _ => None,
        }
    }
}

/// Sorts rows; those with the same keys stay in the order of the crawl.
pub(super) fn sort(rows: &mut [Row], keys: &[Sort]) {
    rows.sort_by(|a, b| {
        keys.iter().fold(Ordering::Equal, |so_far, key| {
            let by_key = || match key.direction {
                Direction::Rising => compare(key.of(a), key.of(b)),
                Direction::Falling => compare(key.of(b), key.of(a)),
            };
            so_far.then_with(by_key)
        })
    });
}

/// Compares two values: nothing, then booleans, then numbers, then text.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => {
            let number = |n: &serde_json::Number| n.as_f64().unwrap_or_default();
            number(a).total_cmp(&number(b))
        }
        _ => kind(a).cmp(&kind(b)),
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        _ => 3,
    }
}
