//! One page of a BQL query: at most 2,000 rows, for no credits.
use serde_json::Value;

use crate::{
    api::{Access, Api, Base},
    error::Error,
    slug::Slug,
};

const USUAL_SIZE: i32 = 500;
const LARGEST_SIZE: i32 = 2000;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// Owner of the project.
    pub(crate) owner: Slug,
    /// The project.
    pub(crate) project: Slug,
    /// The query itself.
    pub(crate) bql: Value,
    /// Which page of the rows.
    pub(crate) page: Page,
}

/// A page that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    number: i32,
    size: i32,
}

/// What comes back.
#[derive(Debug, PartialEq)]
pub(crate) struct Rows {
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// Whether there are more.
    pub(crate) more: bool,
}

/// One row.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// Values of the dimensions.
    pub(crate) dimensions: Vec<Value>,
    /// Values of the metrics.
    pub(crate) metrics: Vec<Value>,
}

impl Page {
    /// Reads what a request says; 0 stands for what is usual.
    pub(crate) fn read(number: i32, size: i32) -> Result<Self, Error> {
        if number < 0 {
            return Err(Error::invalid("page", "must not be negative"));
        }
        if !(0..=LARGEST_SIZE).contains(&size) {
            return Err(Error::invalid(
                "size",
                "must be 1 to 2000; more is an export",
            ));
        }
        Ok(Self {
            number: number.max(1),
            size: if size == 0 { USUAL_SIZE } else { size },
        })
    }
}

/// Checks what Botify would only answer with a riddle.
pub(crate) fn checked(bql: Value) -> Result<Value, Error> {
    if !bql["collections"].is_array() {
        return Err(Error::invalid("bql", "must hold `collections`, an array"));
    }
    if !bql["query"].is_object() {
        return Err(Error::invalid("bql", "must hold `query`, an object"));
    }
    Ok(bql)
}

/// Runs a query.
pub(crate) async fn run(api: &Api, access: &Access, query: &Query) -> Result<Rows, Error> {
    let path = [
        "projects",
        query.owner.as_str(),
        query.project.as_str(),
        "query",
    ];
    let page = query.page.number.to_string();
    let size = query.page.size.to_string();
    let url = access.base.at(path, &[("page", &page), ("size", &size)]);
    let answer = api.ask(access, url, &query.bql).await?;
    rows(&access.base, answer, query.page)
}

fn rows(base: &Base, mut answer: Value, page: Page) -> Result<Rows, Error> {
    let next = answer.get("next").cloned();
    let results = match answer.get_mut("results").map(Value::take) {
        Some(Value::Null) => Value::Array(Vec::new()),
        Some(results) => results,
        None => answer,
    };
    let Value::Array(results) = results else {
        return Err(base.unreadable("answers with JSON that holds no rows"));
    };
    let rows: Vec<Row> = results.into_iter().map(row).collect();
    let more = match next {
        Some(next) => !next.is_null(),
        None => rows.len() == page.size as usize, // nobody says so: a full page may have another after it
    };
    Ok(Rows { rows, more })
}

fn row(mut result: Value) -> Row {
    let mut values = |key: &str| match result.get_mut(key).map(Value::take) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    Row {
        dimensions: values("dimensions"),
        metrics: values("metrics"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(answer: Value) -> Result<Rows, Error> {
        let base = "https://api.botify.com/v1".parse().expect("base");
        rows(&base, answer, Page { number: 1, size: 1 })
    }

    #[test]
    fn pages_have_bounds_and_usual_values() {
        let usual = Page {
            number: 1,
            size: 500,
        };
        assert_eq!(Page::read(0, 0).expect("usual"), usual);
        assert!(Page::read(7, 2000).is_ok());
        assert!(Page::read(-1, 1).is_err());
        assert!(Page::read(1, -1).is_err());
        assert!(Page::read(1, 2001).is_err());
    }

    #[test]
    fn rows_may_lack_metrics_and_the_answer_its_envelope() {
        let one = |more| Rows {
            rows: vec![Row {
                dimensions: vec![json!("/")],
                metrics: vec![],
            }],
            more,
        };
        let row = json!({"dimensions": ["/"]});
        assert_eq!(read(json!([row])).expect("bare"), one(true));
        let last = json!({"results": [row], "next": null});
        assert_eq!(read(last).expect("last"), one(false));
        let first = json!({"results": [row], "next": "https://x"});
        assert_eq!(read(first).expect("first"), one(true));
    }

    #[test]
    fn no_results_are_no_failure_but_no_answer_is() {
        assert_eq!(read(json!({"results": null})).expect("none").rows, []);
        assert!(read(json!({"detail": "?"})).is_err());
    }

    #[test]
    fn a_query_without_its_two_parts_is_refused() {
        assert!(checked(json!({"collections": [], "query": {}})).is_ok());
        assert!(checked(json!({"query": {}})).is_err());
        assert!(checked(json!({"collections": []})).is_err());
    }
}
