//! What `ImportMessages` takes: a conversation that was exported before, checked wholly before a row of it is written.
use proto::storage::{self as pb, MessageState, Role};

use super::{
    message::{SLUG, TEXT},
    stored,
};
use crate::{
    error::Error,
    fields::{Fields, LINE},
    message::{Imported, New},
};

/// Messages in one import.
const MOST: usize = 1000;

/// Checks every message and names each that can not be used by its place, counted from 0.
pub(super) fn conversation(messages: Vec<pb::Message>) -> Result<Vec<Imported>, Error> {
    let mut wrong = Fields::default();
    if messages.is_empty() || messages.len() > MOST {
        wrong.wrong("messages", format!("must be 1 to {MOST}"));
        return wrong.done().map(|()| Vec::new());
    }
    let imported = (0..)
        .zip(messages)
        .map(|(place, said)| one(&mut wrong, place, said))
        .collect();
    wrong.done().map(|()| imported)
}

fn one(wrong: &mut Fields, place: usize, said: pb::Message) -> Imported {
    let mut fields = Fields::default();
    refuse(&mut fields, &said);
    let created = said.created.as_ref().map(proto::time::from_wire);
    if created == Some(None) {
        fields.wrong("created", "is no time");
    }
    let new = New {
        app: fields.text("app", said.app, SLUG),
        role: stored::role(&mut fields, said.role),
        text: fields.text("text", said.text, TEXT),
        model: fields.text("model", said.model, LINE),
        state: stored::state(&mut fields, said.state),
        usage: said.usage.as_ref().map(stored::usage),
        created: created.flatten(),
        ..New::default()
    };
    if let Err(Error::Invalid(reasons)) = fields.done() {
        for (field, reason) in reasons {
            wrong.wrong(&format!("messages[{place}].{field}"), reason);
        }
    }
    Imported {
        was: said.id,
        follows: said.parent_id,
        new,
    }
}

/// Refuses what makes sense only where it happened.
fn refuse(fields: &mut Fields, said: &pb::Message) {
    if said.state() == MessageState::Streaming {
        fields.wrong("state", "must not be streaming");
    }
    if said.role() == Role::Tool || said.action.is_some() {
        fields.wrong("role", "must not be tool");
    }
}
