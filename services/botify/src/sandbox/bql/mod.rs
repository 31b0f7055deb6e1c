//! BQLv2, worked out over a made-up crawl: which pages count, how they are grouped, what is told of each group.
mod filter;
mod metric;
mod order;

use std::collections::HashMap;

use serde_json::{Value, json};

use self::{filter::Filter, metric::Metric, order::Sort};
use super::{
    answer::Refusal,
    crawl::Crawl,
    fields::{self, Field},
    site::{Analysis, Project},
};

const COUNT: &str = "count_urls_crawl";

/// A query that can be worked out.
pub(super) struct Query {
    dimensions: Vec<&'static Field>,
    metrics: Vec<Metric>,
    filter: Option<Filter>,
    sort: Vec<Sort>,
}

/// One row of the result.
struct Row {
    dimensions: Vec<Value>,
    metrics: Vec<Value>,
}

/// Where the names in a query are looked up.
struct Scope<'a> {
    segmented: bool,
    collection: &'a str,
}

/// Finds the analysis whose collection is asked for; the sandbox knows no others.
pub(super) fn analysis(project: &Project, body: &Value) -> Result<&'static Analysis, Refusal> {
    let collections = body["collections"].as_array();
    let collections = collections.ok_or_else(|| Refusal::missing("collections"))?;
    let [collection] = collections.as_slice() else {
        return Err(Refusal::bad_query(
            "the sandbox queries one collection at a time",
        ));
    };
    let name = collection.as_str().unwrap_or_default();
    let unknown = || Refusal::bad_query(format!("Unknown collection: {name}"));
    let slug = name.strip_prefix("crawl.").ok_or_else(unknown)?;
    let analysis = project.analysis(slug).map_err(|_| unknown())?;
    analysis
        .is_success()
        .then_some(analysis)
        .ok_or_else(unknown)
}

/// Describes the metric every crawl has.
pub(super) fn count_field(collection: &str) -> Value {
    json!({
        "id": format!("{collection}.{COUNT}"),
        "name": "Number of URLs",
        "type": "integer",
        "kind": "metric",
        "multiple": false,
    })
}

impl Query {
    /// Reads the `query` of a request.
    pub(super) fn read(segmented: bool, collection: &str, body: &Value) -> Result<Self, Refusal> {
        let query = &body["query"];
        if !query.is_object() {
            return Err(Refusal::missing("query"));
        }
        if !query["post_filters"].is_null() {
            return Err(Refusal::bad_query("the sandbox knows no post_filters"));
        }
        let scope = Scope {
            segmented,
            collection,
        };
        let dimensions = list(query, "dimensions")?.iter().map(|d| scope.named(d));
        let metrics = list(query, "metrics")?
            .iter()
            .map(|m| Metric::read(&scope, m));
        let read = Self {
            dimensions: dimensions.collect::<Result<_, _>>()?,
            metrics: metrics.collect::<Result<_, _>>()?,
            filter: present(&query["filters"])
                .map(|f| Filter::read(&scope, f))
                .transpose()?,
            sort: Sort::read(&scope, query)?,
        };
        if read.dimensions.is_empty() && read.metrics.is_empty() {
            return Err(Refusal::missing("dimensions or metrics"));
        }
        if read.dimensions.iter().filter(|d| d.is_multiple()).count() > 1 {
            return Err(Refusal::too_many_multiple());
        }
        Ok(read)
    }

    /// Works the query out, row by row in the shape of the API.
    pub(super) fn run(&self, crawl: &Crawl) -> Vec<Value> {
        let mut rows: Vec<Row> = self
            .groups(crawl)
            .into_iter()
            .map(|(dimensions, pages)| Row {
                metrics: self.metrics.iter().map(|m| m.of(crawl, &pages)).collect(),
                dimensions,
            })
            .collect();
        order::sort(&mut rows, &self.sort);
        rows.into_iter()
            .map(|row| json!({"dimensions": row.dimensions, "metrics": row.metrics}))
            .collect()
    }

    /// Returns every distinct combination of dimensions with its pages, in the order of the crawl.
    fn groups(&self, crawl: &Crawl) -> Vec<(Vec<Value>, Vec<usize>)> {
        let mut groups: Vec<(Vec<Value>, Vec<usize>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let pages = (0..crawl.pages.len())
            .filter(|&page| self.filter.as_ref().is_none_or(|f| f.takes(crawl, page)));
        for page in pages {
            for values in self.combinations(crawl, page) {
                let key = Value::Array(values.clone()).to_string();
                let place = *places.entry(key).or_insert(groups.len());
                if place == groups.len() {
                    groups.push((values, Vec::new()));
                }
                groups[place].1.push(page);
            }
        }
        groups
    }

    /// Returns a page's dimensions; a field of many values makes one combination of each, and one of none.
    fn combinations(&self, crawl: &Crawl, page: usize) -> Vec<Vec<Value>> {
        self.dimensions
            .iter()
            .fold(vec![Vec::new()], |rows, field| {
                let values = match (field.of)(crawl, page) {
                    Value::Array(values) if values.is_empty() => vec![Value::Null],
                    Value::Array(values) => values,
                    value => vec![value],
                };
                let longer = |row: &Vec<Value>, value: &Value| {
                    row.iter().chain([value]).cloned().collect::<Vec<_>>()
                };
                rows.iter()
                    .flat_map(|row| values.iter().map(move |value| longer(row, value)))
                    .collect()
            })
    }
}

impl Scope<'_> {
    /// Finds the field that a string, or an object with `field`, names.
    fn named(&self, value: &Value) -> Result<&'static Field, Refusal> {
        let name = value.as_str().or_else(|| value["field"].as_str());
        self.field(name.ok_or_else(|| Refusal::bad_query(format!("no field: {value}")))?)
    }

    fn field(&self, name: &str) -> Result<&'static Field, Refusal> {
        let below = self.below(name);
        fields::all(self.segmented)
            .find(|field| match below {
                Some(id) => field.id == id,
                None => field.id == name && field.is_global(),
            })
            .ok_or_else(|| Refusal::unknown_field(name))
    }

    /// Returns a name without the collection before it.
    fn below<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.collection)?.strip_prefix('.')
    }
}

fn list<'a>(query: &'a Value, key: &str) -> Result<&'a [Value], Refusal> {
    let list = query[key].as_array().map(Vec::as_slice);
    list.ok_or_else(|| Refusal::missing(key))
}

fn present(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "made-up queries read better without a reference"
)]
mod tests;
