//! Tasks: the todo list of each profile.
use diesel::{dsl::max, prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    db::{Backend, Connection, Record, Tx},
    error::Error,
    order,
    page::{self, Page, Paged},
    profile,
    schema::task,
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
#[diesel(table_name = task, check_for_backend(Backend))]
pub(crate) struct Task {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) done: bool,
    pub(crate) priority: i64,
    pub(crate) profile_id: i64,
}

#[derive(Insertable)]
#[diesel(table_name = task)]
struct NewRow<'a> {
    name: &'a str,
    done: bool,
    priority: i64,
    profile_id: i64,
}

/// What a new task holds.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) name: String,
    /// Absent means the profile that is picked.
    pub(crate) profile_id: Option<i64>,
}

/// The fields to change.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    pub(crate) name: Option<String>,
    pub(crate) done: Option<bool>,
    pub(crate) profile_id: Option<i64>,
}

/// Which tasks to list.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) profile_id: Option<i64>,
    pub(crate) done: Option<bool>,
}

/// Lists tasks in the user's order.
pub(crate) fn list(
    conn: &mut Connection,
    filter: &Filter,
    page: &Page<(i64, i64)>,
) -> Result<Paged<Task>, Error> {
    let (priority, id) = page.start();
    let after = task::priority
        .ge(priority)
        .and(task::priority.gt(priority).or(task::id.gt(id)));
    let mut query = task::table
        .select(Task::as_select())
        .filter(after)
        .into_boxed();
    if let Some(profile_id) = filter.profile_id {
        query = query.filter(task::profile_id.eq(profile_id));
    }
    if let Some(done) = filter.done {
        query = query.filter(task::done.eq(done));
    }
    let rows = query
        .order((task::priority, task::id))
        .limit(page.size as i64 + 1)
        .load_iter(conn)?;
    let token = |task: &Task| format!("{}.{}", task.priority, task.id);
    Ok(page::paged(rows, page.size, |task| task.name.len(), token)?)
}

/// Reads one task.
pub(crate) fn get(conn: &mut Connection, id: i64) -> Result<Task, Error> {
    find(conn, id)?.ok_or_else(|| Error::Missing {
        topic: Task::TOPIC,
        key: id.to_string(),
    })
}

/// Adds a task at the end of its profile's list, not done.
pub(crate) fn create(tx: &mut Tx<'_>, new: &New) -> Result<Task, Error> {
    let profile_id = match new.profile_id {
        Some(id) => id,
        None => profile::picked(tx.conn())?.ok_or(Error::NoProfile)?,
    };
    let row = NewRow {
        name: &new.name,
        done: false,
        priority: last_place(tx.conn(), profile_id)? + 1,
        profile_id,
    };
    tx.created(|conn| {
        diesel::insert_into(task::table)
            .values(&row)
            .returning(task::all_columns)
            .get_result(conn)
    })
    .map_err(|e| no_such_profile(e, profile_id))
}

/// Changes the fields that are given. A task that moves goes to the end of the other profile's list.
pub(crate) fn update(tx: &mut Tx<'_>, id: i64, edit: &Edit) -> Result<Task, Error> {
    let before = get(tx.conn(), id)?;
    let mut after = before.clone();
    if let Some(name) = &edit.name {
        after.name.clone_from(name);
    }
    if let Some(done) = edit.done {
        after.done = done;
    }
    if let Some(profile_id) = edit.profile_id.filter(|id| *id != before.profile_id) {
        after.profile_id = profile_id;
        after.priority = last_place(tx.conn(), profile_id)? + 1;
    }
    tx.updated(&before, &after)
        .map_err(|e| no_such_profile(e, after.profile_id))?;
    Ok(after)
}

/// Sets `done`, or flips it.
pub(crate) fn toggle(tx: &mut Tx<'_>, id: i64, done: Option<bool>) -> Result<Task, Error> {
    let before = get(tx.conn(), id)?;
    let after = Task {
        done: done.unwrap_or(!before.done),
        ..before.clone()
    };
    tx.updated(&before, &after)?;
    Ok(after)
}

/// Deletes a task.
pub(crate) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<(), Error> {
    let row = get(tx.conn(), id)?;
    tx.deleted(&row)
}

/// Deletes the tasks of a profile.
pub(crate) fn delete_all(tx: &mut Tx<'_>, profile_id: i64) -> Result<(), Error> {
    let rows = of_profile(tx.conn(), profile_id)?;
    rows.iter().try_for_each(|row| tx.deleted(row))
}

/// Puts tasks of one profile in the given order.
pub(crate) fn sort(tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Error> {
    let Some(first) = ids.first() else {
        return Ok(());
    };
    let wrong = || Error::invalid("ids", "must name tasks of one profile, each once");
    let profile_id = find(tx.conn(), *first)?.ok_or_else(wrong)?.profile_id;
    let rows = of_profile(tx.conn(), profile_id)?;
    let places: Vec<_> = rows.iter().map(|row| (row.id, row.priority)).collect();
    for (id, priority) in order::redealt(&places, ids).ok_or_else(wrong)? {
        let before = get(tx.conn(), id)?;
        let after = Task {
            priority,
            ..before.clone()
        };
        tx.updated(&before, &after)?;
    }
    Ok(())
}

/// Returns how many tasks a profile has.
pub(crate) fn count(conn: &mut Connection, profile_id: i64) -> Result<i64, Error> {
    Ok(task::table
        .filter(task::profile_id.eq(profile_id))
        .count()
        .get_result(conn)?)
}

fn of_profile(conn: &mut Connection, profile_id: i64) -> Result<Vec<Task>, Error> {
    Ok(task::table
        .filter(task::profile_id.eq(profile_id))
        .order((task::priority, task::id))
        .select(Task::as_select())
        .load(conn)?)
}

fn last_place(conn: &mut Connection, profile_id: i64) -> Result<i64, Error> {
    let last: Option<i64> = task::table
        .filter(task::profile_id.eq(profile_id))
        .select(max(task::priority))
        .get_result(conn)?;
    Ok(last.unwrap_or(0))
}

/// Says which field names a profile that is not there: the table's own rule found out, which saves asking first.
fn no_such_profile(error: Error, profile_id: i64) -> Error {
    match error {
        Error::Orphan { .. } => {
            Error::invalid("profile_id", format!("names no profile: {profile_id}"))
        }
        other => other,
    }
}

fn find(conn: &mut Connection, id: i64) -> Result<Option<Task>, Error> {
    Ok(task::table
        .find(id)
        .select(Task::as_select())
        .get_result(conn)
        .optional()?)
}

impl Record for Task {
    const TOPIC: &'static str = "task";

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error> {
        key.parse().map_or(Ok(None), |id| find(conn, id))
    }

    fn insert(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::insert_into(task::table).values(self).execute(conn)
    }

    fn replace(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::update(task::table.find(self.id))
            .set(self)
            .execute(conn)
    }

    fn remove(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::delete(task::table.find(self.id)).execute(conn)
    }
}
