//! The rows of the log. They are added by the writer and never changed.
use diesel::prelude::*;

use crate::{
    db::{Backend, Connection},
    error::Error,
    page,
    schema::change,
};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Created,
    Updated,
    Deleted,
}

impl Op {
    /// Returns the word it is stored as.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// One row's change, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = change, check_for_backend(Backend), treat_none_as_default_value = false)]
pub(crate) struct Change {
    /// Place in the log.
    pub(crate) seq: i64,
    /// When it was committed.
    pub(crate) time: String,
    /// Who made it.
    pub(crate) actor: String,
    /// Number of the first change of the same request.
    pub(crate) group: i64,
    /// Name of the table.
    pub(crate) topic: String,
    /// Name of an [`Op`].
    pub(crate) op: String,
    /// Key of the row.
    pub(crate) id: String,
    /// The row before, as JSON.
    pub(crate) before: Option<String>,
    /// The row after, as JSON.
    pub(crate) after: Option<String>,
}

impl Change {
    /// Returns about how large it is.
    pub(crate) fn bytes(&self) -> usize {
        let json = |row: &Option<String>| row.as_ref().map_or(0, String::len);
        128 + json(&self.before) + json(&self.after)
    }
}

/// Which changes to list.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) topic: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) group: Option<i64>,
    pub(crate) before_seq: Option<i64>,
    pub(crate) size: usize,
}

/// Returns the number of the last change; 0 when there is none.
pub(crate) fn head(conn: &mut Connection) -> Result<i64, Error> {
    let last: Option<i64> = change::table
        .select(diesel::dsl::max(change::seq))
        .get_result(conn)?;
    Ok(last.unwrap_or(0))
}

/// Adds changes to the end.
pub(crate) fn append(conn: &mut Connection, changes: &[Change]) -> Result<(), Error> {
    for row in changes {
        diesel::insert_into(change::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

/// Lists changes, newest first.
pub(crate) fn list(conn: &mut Connection, filter: &Filter) -> Result<Vec<Change>, Error> {
    let mut query = change::table.select(Change::as_select()).into_boxed();
    if let Some(topic) = &filter.topic {
        query = query.filter(change::topic.eq(topic));
    }
    if let Some(id) = &filter.id {
        query = query.filter(change::id.eq(id));
    }
    if let Some(group) = filter.group {
        query = query.filter(change::group.eq(group));
    }
    if let Some(seq) = filter.before_seq {
        query = query.filter(change::seq.lt(seq));
    }
    let rows = query
        .order(change::seq.desc())
        .limit(filter.size as i64)
        .load_iter(conn)?;
    Ok(page::fill(rows, filter.size, Change::bytes)?.0)
}

/// Returns the changes after `seq`, oldest first, at most `size`.
pub(super) fn after(conn: &mut Connection, seq: i64, size: usize) -> Result<Vec<Change>, Error> {
    let rows = change::table
        .filter(change::seq.gt(seq))
        .order(change::seq)
        .limit(size as i64)
        .select(Change::as_select())
        .load_iter(conn)?;
    Ok(page::fill(rows, size, Change::bytes)?.0)
}

/// Returns the changes of a group, newest first.
pub(super) fn group(conn: &mut Connection, group: i64) -> Result<Vec<Change>, Error> {
    Ok(change::table
        .filter(change::group.eq(group))
        .order(change::seq.desc())
        .select(Change::as_select())
        .load(conn)?)
}
