//! What can be asked of a page: the one table that queries and the collection's description both read.
use serde_json::{Value, json};

use super::crawl::Crawl;

/// A field of a crawl.
pub(crate) struct Field {
    /// Its name below the collection.
    pub(super) id: &'static str,
    name: &'static str,
    kind: &'static str,
    /// Returns its value on a page; an array when the field has many.
    pub(super) of: fn(&Crawl, usize) -> Value,
}

const fn field(
    id: &'static str,
    name: &'static str,
    kind: &'static str,
    of: fn(&Crawl, usize) -> Value,
) -> Field {
    Field { id, name, kind, of }
}

const LINKS: &str = "outlinks_internal.graph.url";

const FIELDS: &[Field] = &[
    field("url", "Full URL", "string", |c, i| json!(c.pages[i].url)),
    field("depth", "Depth", "integer", |c, i| json!(c.pages[i].depth)),
    field("http_code", "HTTP status code", "integer", |c, i| {
        json!(c.pages[i].http_code)
    }),
    field("byte_size", "Size in bytes", "integer", |c, i| {
        json!(c.pages[i].byte_size)
    }),
    field("segments.pagetype.value", "Page type", "string", |c, i| {
        json!(c.pages[i].pagetype)
    }),
    field(
        "segments.pagetype.depth_1",
        "Page type, first level",
        "string",
        |c, i| json!(c.pages[i].pagetype.split('/').next()),
    ),
    field(
        "compliant.is_compliant",
        "Is compliant",
        "boolean",
        |c, i| json!(c.pages[i].is_compliant()),
    ),
    field("compliant.main_reason", "Main reason", "string", |c, i| {
        json!(c.pages[i].main_reason())
    }),
    field(
        "indexable.is_indexable",
        "Is indexable",
        "boolean",
        |c, i| json!(c.pages[i].is_compliant()),
    ),
    field("inlinks_internal.nb.total", "Inlinks", "integer", |c, i| {
        json!(c.pages[i].inlinks.0)
    }),
    field(
        "inlinks_internal.nb.unique",
        "Pages linking here",
        "integer",
        |c, i| json!(c.pages[i].inlinks.1),
    ),
    field(
        "outlinks_internal.nb.total",
        "Outlinks",
        "integer",
        |c, i| json!(c.pages[i].outlinks.0),
    ),
    field(
        "outlinks_internal.nb.unique",
        "Pages linked to",
        "integer",
        |c, i| json!(c.pages[i].outlinks.1),
    ),
    field(LINKS, "Outlink URLs", "string", |c, i| {
        let targets = c.links[i].iter();
        Value::Array(targets.map(|&target| json!(c.pages[target].url)).collect())
    }),
    field(
        "internal_page_rank.value",
        "Internal PageRank",
        "number",
        |c, i| {
            let best = c.pages[0].rank.0; // everybody links home
            json!(((c.pages[i].rank.0 / best).ln() + 10.0).max(0.0))
        },
    ),
    field(
        "internal_page_rank.position",
        "PageRank position",
        "integer",
        |c, i| json!(c.pages[i].rank.1),
    ),
    field(
        "internal_page_rank.raw",
        "Raw PageRank",
        "number",
        |c, i| json!(c.pages[i].rank.0),
    ),
    field(
        "visits.organic.all.nb",
        "Organic visits",
        "integer",
        |c, i| json!(c.pages[i].visits),
    ),
    field(
        "visits.organic.all.active",
        "Has organic visits",
        "boolean",
        |c, i| json!(c.pages[i].visits > 0),
    ),
    field("metadata.title.content", "Title", "string", |c, i| {
        json!(c.pages[i].title())
    }),
    field("metadata.title.len", "Title length", "integer", |c, i| {
        json!(c.pages[i].title().map(|title| title.chars().count()))
    }),
];

/// Returns the fields of a project's crawls.
pub(super) fn all(segmented: bool) -> impl Iterator<Item = &'static Field> {
    FIELDS
        .iter()
        .filter(move |field| segmented || !field.is_segment())
}

impl Field {
    fn is_segment(&self) -> bool {
        self.id.starts_with("segments.")
    }

    /// Whether a page has many values of it.
    pub(super) fn is_multiple(&self) -> bool {
        self.id == LINKS
    }

    /// Whether it goes by its bare name too.
    pub(super) fn is_global(&self) -> bool {
        self.id == "url" || self.is_segment()
    }

    /// Says what a collection's description says of it.
    pub(super) fn json(&self, collection: &str) -> Value {
        let id = match self.is_global() {
            true => self.id.to_owned(),
            false => format!("{collection}.{}", self.id),
        };
        json!({
            "id": id,
            "name": self.name,
            "type": self.kind,
            "subtype": null,
            "kind": "dimension",
            "multiple": self.is_multiple(),
            "permissions": ["filter", "select"],
            "optional": false,
            "deprecated": false,
        })
    }
}
