//! What is told of a group of pages.
use std::{cmp::Ordering, collections::HashSet};

use serde_json::{Value, json};

use super::{COUNT, Scope, filter::comparison, order::compare};
use crate::sandbox::{answer::Refusal, crawl::Crawl, fields::Field};

/// A metric.
pub(super) enum Metric {
    /// How many pages.
    Pages,
    /// A function of a field.
    Of(&'static Field, Function),
}

/// What is worked out from the values of a field.
pub(super) enum Function {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    CountDistinct,
    CountNull,
    CountWhere(fn(Ordering) -> bool, Value),
}

impl Metric {
    pub(super) fn read(scope: &Scope<'_>, value: &Value) -> Result<Self, Refusal> {
        if let Some(function) = value["function"].as_str() {
            let args = value["args"].as_array().map_or(&[][..], Vec::as_slice);
            let field = args.first().ok_or_else(|| Refusal::missing("args"))?;
            return Ok(Self::Of(
                scope.named(field)?,
                Function::read(function, args)?,
            ));
        }
        let name = value.as_str().or_else(|| value["field"].as_str());
        match name {
            Some(name) if scope.below(name) == Some(COUNT) => Ok(Self::Pages),
            Some(name) => Err(Refusal::unknown_field(name)),
            None => Err(Refusal::bad_query(format!("no metric: {value}"))),
        }
    }

    pub(super) fn of(&self, crawl: &Crawl, pages: &[usize]) -> Value {
        match self {
            Self::Pages => json!(pages.len()),
            Self::Of(field, function) => {
                let values: Vec<Value> = pages.iter().map(|&p| (field.of)(crawl, p)).collect();
                function.of(&values)
            }
        }
    }
}

impl Function {
    fn read(name: &str, args: &[Value]) -> Result<Self, Refusal> {
        let unknown = || Refusal::bad_query(format!("unknown function `{name}`"));
        Ok(match name {
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "count" => Self::Count,
            "count_distinct" => Self::CountDistinct,
            "count_null" => Self::CountNull,
            "count_true" => Self::CountWhere(Ordering::is_eq, json!(true)),
            "count_false" => Self::CountWhere(Ordering::is_eq, json!(false)),
            _ => {
                let test = name.strip_prefix("count_").and_then(comparison);
                let value = args.get(1).ok_or_else(unknown)?;
                Self::CountWhere(test.ok_or_else(unknown)?, value.clone())
            }
        })
    }

    fn of(&self, values: &[Value]) -> Value {
        let present = || values.iter().filter(|value| !value.is_null());
        match self {
            Self::Sum => sum(present()),
            Self::Avg => match present().count() {
                0 => Value::Null,
                count => json!(sum(present()).as_f64().unwrap_or_default() / count as f64),
            },
            Self::Min => json!(present().min_by(|a, b| compare(a, b))),
            Self::Max => json!(present().max_by(|a, b| compare(a, b))),
            Self::Count => json!(present().count()),
            Self::CountNull => json!(values.len() - present().count()),
            Self::CountDistinct => {
                let texts: HashSet<String> = present().map(Value::to_string).collect();
                json!(texts.len())
            }
            Self::CountWhere(test, other) => {
                json!(
                    present()
                        .filter(|value| test(compare(value, other)))
                        .count()
                )
            }
        }
    }
}

/// Adds up; whole numbers stay whole.
fn sum<'a>(values: impl Iterator<Item = &'a Value> + Clone) -> Value {
    let whole: Option<i64> = values.clone().map(Value::as_i64).sum();
    match whole {
        Some(whole) => json!(whole),
        None => json!(values.filter_map(Value::as_f64).sum::<f64>()),
    }
}
