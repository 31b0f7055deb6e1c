//! Messages: the conversation with the model, one per profile.
use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    db::{Backend, Connection, Record, Tx},
    error::Error,
    page, profile,
    schema::message,
};

/// A row.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = message, check_for_backend(Backend))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) parent_id: Option<i64>,
    /// 0 when no profile was picked.
    pub(crate) profile_id: i64,
    pub(crate) app: String,
    pub(crate) role: String,
    pub(crate) text: String,
    pub(crate) model: String,
    /// What the answer cost, as JSON.
    pub(crate) usage: Option<String>,
    pub(crate) state: String,
    pub(crate) created: String,
    /// The action it stands for, as JSON; rows logged before there were actions do not name it.
    #[serde(default)]
    pub(crate) action: Option<String>,
}

/// What a new message holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct New {
    pub(crate) parent_id: Option<i64>,
    /// Absent means the profile that is picked.
    pub(crate) profile_id: Option<i64>,
    pub(crate) app: String,
    pub(crate) role: &'static str,
    pub(crate) text: String,
    pub(crate) model: String,
    pub(crate) state: &'static str,
    pub(crate) action: Option<String>,
    /// What it cost, as JSON, when it was exported with that.
    pub(crate) usage: Option<String>,
    /// Absent means now.
    pub(crate) created: Option<String>,
}

/// A message as it was exported.
#[derive(Debug)]
pub(crate) struct Imported {
    /// Its number then; those that follow it name it.
    pub(crate) was: i64,
    /// Number, then, of the message it followed.
    pub(crate) follows: Option<i64>,
    pub(crate) new: New,
}

#[derive(Insertable)]
#[diesel(table_name = message, treat_none_as_default_value = false)]
struct NewRow<'a> {
    parent_id: Option<i64>,
    profile_id: i64,
    app: &'a str,
    role: &'a str,
    text: &'a str,
    model: &'a str,
    state: &'a str,
    usage: Option<&'a str>,
    created: &'a str,
    action: Option<&'a str>,
}

/// The fields to change.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    pub(crate) text: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) usage: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) action: Option<String>,
}

/// Whose conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of the profile that is picked.
    Picked,
    /// That of one profile.
    Profile(i64),
    /// Every profile's.
    All,
}

/// Which messages to list.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) whose: Whose,
    pub(crate) after_id: Option<i64>,
    pub(crate) before_id: Option<i64>,
    pub(crate) state: Option<&'static str>,
    /// Only messages whose text holds this, in large or small letters; empty lists all.
    pub(crate) contains: String,
    pub(crate) size: usize,
}

/// Lists messages, oldest first, and says whether there are more: after these when the list begins after a message,
/// else before them.
pub(crate) fn list(conn: &mut Connection, filter: &Filter) -> Result<(Vec<Message>, bool), Error> {
    let mut query = message::table.select(Message::as_select()).into_boxed();
    if let Some(profile_id) = one_profile(conn, filter.whose)? {
        query = query.filter(message::profile_id.eq(profile_id));
    }
    if let Some(id) = filter.after_id {
        query = query.filter(message::id.gt(id));
    }
    if let Some(id) = filter.before_id {
        query = query.filter(message::id.lt(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(message::state.eq(state));
    }
    if !filter.contains.is_empty() {
        query = query.filter(
            lower(message::text)
                .like(pattern(&filter.contains))
                .escape('\\'),
        );
    }
    let query = query.limit(filter.size as i64 + 1);
    if filter.after_id.is_some() {
        let rows = query.order(message::id).load_iter(conn)?;
        return Ok(page::fill(rows, filter.size, bytes)?);
    }
    let rows = query.order(message::id.desc()).load_iter(conn)?;
    let (mut newest, more) = page::fill(rows, filter.size, bytes)?;
    newest.reverse();
    Ok((newest, more))
}

/// Reads one message.
pub(crate) fn get(conn: &mut Connection, id: i64) -> Result<Message, Error> {
    find(conn, id)?.ok_or_else(|| Error::Missing {
        topic: Message::TOPIC,
        key: id.to_string(),
    })
}

/// Adds a message to the end of a conversation.
pub(crate) fn create(tx: &mut Tx<'_>, new: &New) -> Result<Message, Error> {
    let profile_id = speaker_profile(tx.conn(), new.profile_id)?;
    if let Some(parent) = new.parent_id {
        find(tx.conn(), parent)?
            .ok_or_else(|| Error::invalid("parent_id", format!("names no message: {parent}")))?;
    }
    let now = tx.time().to_owned();
    let row = NewRow {
        parent_id: new.parent_id,
        profile_id,
        app: &new.app,
        role: new.role,
        text: &new.text,
        model: &new.model,
        state: new.state,
        usage: new.usage.as_deref(),
        created: new.created.as_deref().unwrap_or(&now),
        action: new.action.as_deref(),
    };
    tx.created(|conn| {
        diesel::insert_into(message::table)
            .values(&row)
            .returning(message::all_columns)
            .get_result(conn)
    })
}

/// Adds a conversation that was exported before. A message that followed one which is not part of the export follows
/// none here.
pub(crate) fn import(
    tx: &mut Tx<'_>,
    profile_id: Option<i64>,
    conversation: &[Imported],
) -> Result<(), Error> {
    let mut numbers = HashMap::new();
    for message in conversation {
        let parent = message.follows.and_then(|was| numbers.get(&was).copied());
        let row = create(tx, &message.new.within(profile_id, parent))?;
        numbers.insert(message.was, row.id);
    }
    Ok(())
}

impl New {
    /// Returns the same message in a profile's conversation, after another one.
    fn within(&self, profile_id: Option<i64>, parent_id: Option<i64>) -> Self {
        Self {
            parent_id,
            profile_id,
            ..self.clone()
        }
    }
}

/// Changes the fields that are given.
pub(crate) fn update(tx: &mut Tx<'_>, id: i64, edit: &Edit) -> Result<Message, Error> {
    let before = get(tx.conn(), id)?;
    let mut after = before.clone();
    if let Some(text) = &edit.text {
        after.text.clone_from(text);
    }
    if let Some(model) = &edit.model {
        after.model.clone_from(model);
    }
    if let Some(usage) = &edit.usage {
        after.usage = Some(usage.clone());
    }
    if let Some(state) = edit.state {
        state.clone_into(&mut after.state);
    }
    if let Some(action) = &edit.action {
        after.action = Some(action.clone());
    }
    tx.updated(&before, &after)?;
    Ok(after)
}

/// Deletes a message.
pub(crate) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<(), Error> {
    let row = get(tx.conn(), id)?;
    tx.deleted(&row)
}

diesel::define_sql_function! {
    /// Both engines' own; SQLite's knows the letters of ASCII only.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Makes a pattern for `LIKE` that finds `part` anywhere, and takes none of its characters for a wildcard.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        // As SQLite's `lower` does it, so that both sides agree.
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern + "%"
}

fn one_profile(conn: &mut Connection, whose: Whose) -> Result<Option<i64>, Error> {
    match whose {
        Whose::All => Ok(None),
        Whose::Profile(id) => Ok(Some(id)),
        Whose::Picked => Ok(Some(profile::picked(conn)?.unwrap_or(0))),
    }
}

fn speaker_profile(conn: &mut Connection, given: Option<i64>) -> Result<i64, Error> {
    let Some(id) = given else {
        return Ok(profile::picked(conn)?.unwrap_or(0));
    };
    if id != 0 && !profile::exists(conn, id)? {
        return Err(Error::invalid(
            "profile_id",
            format!("names no profile: {id}"),
        ));
    }
    Ok(id)
}

fn bytes(row: &Message) -> usize {
    row.text.len() + row.action.as_ref().map_or(0, String::len)
}

fn find(conn: &mut Connection, id: i64) -> Result<Option<Message>, Error> {
    Ok(message::table
        .find(id)
        .select(Message::as_select())
        .get_result(conn)
        .optional()?)
}

impl Record for Message {
    const TOPIC: &'static str = "message";

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error> {
        key.parse().map_or(Ok(None), |id| find(conn, id))
    }

    fn insert(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::insert_into(message::table)
            .values(self)
            .execute(conn)
    }

    fn replace(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::update(message::table.find(self.id))
            .set(self)
            .execute(conn)
    }

    fn remove(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::delete(message::table.find(self.id)).execute(conn)
    }
}
