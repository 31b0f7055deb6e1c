//! Client profiles: whom the work is done for.
use std::collections::HashMap;

use diesel::{
    dsl::{count_star, max},
    prelude::*,
};
use serde::{Deserialize, Serialize};

use crate::{
    db::{Backend, Connection, Record, Tx},
    error::Error,
    order,
    page::{self, Page, Paged},
    schema::{profile, task as tasks},
    setting, task,
};

/// Setting that holds the number of the profile picked in the page's top bar.
const LAST_PROFILE: &str = "last_profile_id";

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
#[diesel(table_name = profile, check_for_backend(Backend))]
pub(crate) struct Profile {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) menu_name: String,
    pub(crate) address: String,
    pub(crate) code: String,
    pub(crate) active: bool,
    pub(crate) priority: i64,
}

/// A profile and how many tasks it has.
pub(crate) type Counted = (Profile, i64);

/// What a new profile holds.
#[derive(Debug, Insertable)]
#[diesel(table_name = profile)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) menu_name: String,
    pub(crate) address: String,
    pub(crate) code: String,
}

/// The fields to change.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    pub(crate) name: Option<String>,
    pub(crate) menu_name: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) active: Option<bool>,
}

/// Lists profiles in menu order.
pub(crate) fn list(
    conn: &mut Connection,
    active: Option<bool>,
    page: &Page<(i64, i64)>,
) -> Result<Paged<Counted>, Error> {
    let (priority, id) = page.start();
    let after = profile::priority
        .ge(priority)
        .and(profile::priority.gt(priority).or(profile::id.gt(id)));
    let mut query = profile::table
        .select(Profile::as_select())
        .filter(after)
        .into_boxed();
    if let Some(active) = active {
        query = query.filter(profile::active.eq(active));
    }
    let rows = query
        .order((profile::priority, profile::id))
        .limit(page.size as i64 + 1)
        .load_iter(conn)?;
    let token = |row: &Profile| format!("{}.{}", row.priority, row.id);
    let paged = page::paged(rows, page.size, bytes, token)?;
    Ok(Paged {
        rows: counted(conn, paged.rows)?,
        next: paged.next,
    })
}

/// Reads one profile.
pub(crate) fn get(conn: &mut Connection, id: i64) -> Result<Counted, Error> {
    let row = row(conn, id)?;
    with_count(conn, row)
}

/// Says whether there is such a profile.
pub(crate) fn exists(conn: &mut Connection, id: i64) -> Result<bool, Error> {
    Ok(find(conn, id)?.is_some())
}

/// Returns the profile picked in the page's top bar, else the first one that the menu shows.
pub(crate) fn picked(conn: &mut Connection) -> Result<Option<i64>, Error> {
    let last = setting::value(conn, LAST_PROFILE)?;
    if let Some(row) = last
        .map(|key| Profile::find(conn, &key))
        .transpose()?
        .flatten()
    {
        return Ok(Some(row.id));
    }
    Ok(profile::table
        .filter(profile::active.eq(true))
        .order((profile::priority, profile::id))
        .select(profile::id)
        .first(conn)
        .optional()?)
}

/// Adds a profile at the end of the menu, active.
pub(crate) fn create(tx: &mut Tx<'_>, new: &New) -> Result<Counted, Error> {
    let last: Option<i64> = profile::table
        .select(max(profile::priority))
        .get_result(tx.conn())?;
    let place = (
        profile::active.eq(true),
        profile::priority.eq(last.unwrap_or(0) + 1),
    );
    let row = tx.created(|conn| {
        diesel::insert_into(profile::table)
            .values((new, place))
            .returning(profile::all_columns)
            .get_result(conn)
    })?;
    Ok((row, 0))
}

/// Changes the fields that are given.
pub(crate) fn update(tx: &mut Tx<'_>, id: i64, edit: &Edit) -> Result<Counted, Error> {
    let before = row(tx.conn(), id)?;
    let mut after = before.clone();
    let texts = [
        (&edit.name, &mut after.name),
        (&edit.menu_name, &mut after.menu_name),
        (&edit.address, &mut after.address),
        (&edit.code, &mut after.code),
    ];
    for (new, column) in texts {
        if let Some(new) = new {
            column.clone_from(new);
        }
    }
    after.active = edit.active.unwrap_or(before.active);
    tx.updated(&before, &after)?;
    with_count(tx.conn(), after)
}

/// Sets `active`, or flips it.
pub(crate) fn toggle(tx: &mut Tx<'_>, id: i64, active: Option<bool>) -> Result<Counted, Error> {
    let before = row(tx.conn(), id)?;
    let after = Profile {
        active: active.unwrap_or(!before.active),
        ..before.clone()
    };
    tx.updated(&before, &after)?;
    with_count(tx.conn(), after)
}

/// What becomes of the tasks of a profile that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tasks {
    /// While there are any, the profile is not deleted.
    Keep,
    /// They are deleted too.
    Delete,
}

/// Deletes a profile.
pub(crate) fn delete(tx: &mut Tx<'_>, id: i64, tasks: Tasks) -> Result<(), Error> {
    let (row, count) = get(tx.conn(), id)?;
    match tasks {
        Tasks::Keep if count > 0 => return Err(Error::HasTasks { id }),
        Tasks::Keep => {}
        Tasks::Delete => task::delete_all(tx, id)?, // first: they belong to it
    }
    tx.deleted(&row)
}

/// Puts profiles in the given order.
pub(crate) fn sort(tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Error> {
    let places: Vec<order::Place> = profile::table
        .order((profile::priority, profile::id))
        .select((profile::id, profile::priority))
        .load(tx.conn())?;
    let moved = order::redealt(&places, ids)
        .ok_or_else(|| Error::invalid("ids", "must name profiles, each once"))?;
    for (id, priority) in moved {
        let before = row(tx.conn(), id)?;
        let after = Profile {
            priority,
            ..before.clone()
        };
        tx.updated(&before, &after)?;
    }
    Ok(())
}

fn row(conn: &mut Connection, id: i64) -> Result<Profile, Error> {
    find(conn, id)?.ok_or_else(|| Error::Missing {
        topic: Profile::TOPIC,
        key: id.to_string(),
    })
}

fn with_count(conn: &mut Connection, row: Profile) -> Result<Counted, Error> {
    let count = task::count(conn, row.id)?;
    Ok((row, count))
}

fn counted(conn: &mut Connection, rows: Vec<Profile>) -> Result<Vec<Counted>, Error> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let counts: HashMap<i64, i64> = tasks::table
        .filter(tasks::profile_id.eq_any(ids))
        .group_by(tasks::profile_id)
        .select((tasks::profile_id, count_star()))
        .load_iter(conn)?
        .collect::<QueryResult<_>>()?;
    let count = |row: &Profile| counts.get(&row.id).copied().unwrap_or(0);
    Ok(rows
        .into_iter()
        .map(|row| (row.clone(), count(&row)))
        .collect())
}

fn bytes(row: &Profile) -> usize {
    row.name.len() + row.menu_name.len() + row.address.len() + row.code.len()
}

fn find(conn: &mut Connection, id: i64) -> Result<Option<Profile>, Error> {
    Ok(profile::table
        .find(id)
        .select(Profile::as_select())
        .get_result(conn)
        .optional()?)
}

impl Record for Profile {
    const TOPIC: &'static str = "profile";

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error> {
        key.parse().map_or(Ok(None), |id| find(conn, id))
    }

    fn insert(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::insert_into(profile::table)
            .values(self)
            .execute(conn)
    }

    fn replace(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::update(profile::table.find(self.id))
            .set(self)
            .execute(conn)
    }

    fn remove(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::delete(profile::table.find(self.id)).execute(conn)
    }
}
