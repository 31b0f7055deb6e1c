//! The grammar of a workflow file. A name that is not here is refused.
use serde::Deserialize;
use toml::{Spanned, Table, Value as Toml};

use crate::step::Kind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowTable {
    pub(super) title: Spanned<String>,
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) step: Vec<StepTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepTable {
    pub(super) id: Option<Spanned<String>>,
    pub(super) title: Spanned<String>,
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) field: Vec<FieldTable>,
    pub(super) call: Option<CallTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldTable {
    pub(super) name: Spanned<String>,
    pub(super) label: Spanned<String>,
    #[serde(default)]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<Spanned<Toml>>,
    #[serde(default)]
    pub(super) choices: Vec<String>,
    #[serde(default)]
    pub(super) help: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallTable {
    pub(super) method: Spanned<String>,
    pub(super) request: Option<Spanned<Table>>,
    pub(super) summary: Option<Spanned<String>>,
    pub(super) timeout_s: Option<Spanned<u64>>,
}
