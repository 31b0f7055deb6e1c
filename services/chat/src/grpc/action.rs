//! Actions on the wire.
use prost_types::{Struct, Value, value::Kind};
use proto::chat as pb;
use serde_json::{Map, Value as Json};

use super::{app, invalid};
use crate::{
    actions::{Decision, Listed, policy::Policy},
    error::Error,
    model::Call,
};

/// Characters of the words that name a tool.
const LONGEST_WORD: usize = 100;

/// An action that a person asks for.
pub(super) struct Wanted {
    pub(super) call: Call,
    pub(super) profile: Option<i64>,
    pub(super) app: String,
}

/// Takes what a person decides: about which card, and what.
pub(super) fn decision(request: &pb::DecideActionRequest) -> Result<(i64, Decision), Error> {
    let decision = match request.decision() {
        pb::Decision::Allow => Decision::Allow,
        pb::Decision::Always => Decision::Always,
        pb::Decision::Decline => Decision::Decline,
        pb::Decision::Undo => Decision::Undo,
        pb::Decision::Unspecified => return Err(invalid("decision", "is required")),
    };
    let id = request.id.ok_or_else(|| invalid("id", "is required"))?;
    Ok((id, decision))
}

/// Takes an action that a person asks for.
pub(super) fn wanted(request: pb::RunActionRequest) -> Result<Wanted, Error> {
    let action = word("action", &request.action)?;
    let target = word("target", &request.target)?;
    let args = object(request.args.unwrap_or_default());
    Ok(Wanted {
        call: Call::new(format!("{target}_{action}"), args),
        profile: request.profile_id,
        app: app(&request.app)?,
    })
}

/// Takes the policy of a request.
pub(super) fn policy(policy: pb::Policy) -> Result<Policy, Error> {
    match policy {
        pb::Policy::Run => Ok(Policy::Run),
        pb::Policy::Ask => Ok(Policy::Ask),
        pb::Policy::Never => Ok(Policy::Never),
        pb::Policy::Unspecified => Err(invalid("policy", "is required")),
    }
}

/// Writes a tool.
pub(super) fn tool(listed: Listed) -> pb::Tool {
    let policy = match listed.policy {
        Policy::Run => pb::Policy::Run,
        Policy::Ask => pb::Policy::Ask,
        Policy::Never => pb::Policy::Never,
    };
    pb::Tool {
        name: listed.tool.name(),
        action: listed.tool.action,
        target: listed.tool.target,
        doc: listed.tool.doc,
        effect: listed.tool.effect.into(),
        policy: policy.into(),
        schema: listed.schema.to_string(),
    }
}

fn word(field: &'static str, text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(invalid(field, "is required")),
        word if word.chars().count() > LONGEST_WORD => Err(invalid(
            field,
            format!("is longer than {LONGEST_WORD} characters"),
        )),
        word => Ok(word.to_owned()),
    }
}

fn object(object: Struct) -> Json {
    let fields = object.fields.into_iter();
    Json::Object(
        fields
            .map(|(name, value)| (name, json(value)))
            .collect::<Map<_, _>>(),
    )
}

fn json(value: Value) -> Json {
    match value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(is)) => is.into(),
        Some(Kind::NumberValue(number)) => number.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Kind::StructValue(inner)) => object(inner),
    }
}
