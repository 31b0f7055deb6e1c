//! Pipelines: one JSON record per workflow run.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    db::{Backend, Connection, Record, Tx},
    error::Error,
    page::{self, Page, Paged},
    schema::pipeline,
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
#[diesel(table_name = pipeline, primary_key(app_name, url), check_for_backend(Backend))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct Pipeline {
    pub(crate) app_name: String,
    pub(crate) url: String,
    /// A JSON object.
    pub(crate) data: String,
    pub(crate) created: String,
    pub(crate) updated: String,
    /// Grows by one with every change.
    pub(crate) revision: i64,
    /// Key of the run it was forked from.
    pub(crate) parent: Option<String>,
}

/// Key of a record.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) app_name: String,
    pub(crate) url: String,
}

/// Place of a record in the list: when it was changed, and its key.
pub(crate) type Place = (String, String, String);

/// Lists records, the one changed last first.
pub(crate) fn list(
    conn: &mut Connection,
    app_name: Option<&str>,
    page: &Page<Place>,
) -> Result<Paged<Pipeline>, Error> {
    let mut query = pipeline::table.select(Pipeline::as_select()).into_boxed();
    if let Some(app_name) = app_name {
        query = query.filter(pipeline::app_name.eq(app_name));
    }
    if let Some((updated, app_name, url)) = &page.after {
        let same_app = pipeline::app_name.eq(app_name).and(pipeline::url.gt(url));
        let later = pipeline::app_name.gt(app_name).or(same_app);
        let same_time = pipeline::updated.eq(updated).and(later);
        query = query.filter(pipeline::updated.lt(updated).or(same_time));
    }
    let rows = query
        .order((pipeline::updated.desc(), pipeline::app_name, pipeline::url))
        .limit(page.size as i64 + 1)
        .load_iter(conn)?;
    let token = |row: &Pipeline| format!("{}/{}/{}", row.updated, row.app_name, row.url);
    Ok(page::paged(rows, page.size, |row| row.data.len(), token)?)
}

/// Reads the token of a list.
pub(crate) fn place(token: &str) -> Option<Place> {
    let mut parts = token.splitn(3, '/').map(str::to_owned);
    let place = (parts.next()?, parts.next()?, parts.next()?);
    proto::time::to_wire(&place.0)?;
    Some(place)
}

/// Reads one record.
pub(crate) fn get(conn: &mut Connection, key: &Key) -> Result<Pipeline, Error> {
    find(conn, &key.app_name, &key.url)?.ok_or_else(|| Error::Missing {
        topic: Pipeline::TOPIC,
        key: format!("{}/{}", key.app_name, key.url),
    })
}

/// Adds a record.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    key: &Key,
    data: &str,
    parent: Option<&str>,
) -> Result<Pipeline, Error> {
    let row = Pipeline {
        app_name: key.app_name.clone(),
        url: key.url.clone(),
        data: data.to_owned(),
        created: tx.time().to_owned(),
        updated: tx.time().to_owned(),
        revision: 1,
        parent: parent.map(str::to_owned),
    };
    tx.inserted(&row)?;
    Ok(row)
}

/// Replaces the data of a record that is still at `revision`.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    key: &Key,
    data: &str,
    revision: i64,
) -> Result<Pipeline, Error> {
    let before = get(tx.conn(), key)?;
    if before.revision != revision {
        return Err(Error::Stale {
            key: before.key(),
            now: before.revision,
            given: revision,
        });
    }
    if before.data == data {
        return Ok(before);
    }
    let after = Pipeline {
        data: data.to_owned(),
        updated: tx.time().to_owned(),
        revision: revision + 1,
        ..before.clone()
    };
    tx.updated(&before, &after)?;
    Ok(after)
}

/// Deletes a record.
pub(crate) fn delete(tx: &mut Tx<'_>, key: &Key) -> Result<(), Error> {
    let row = get(tx.conn(), key)?;
    tx.deleted(&row)
}

fn find(conn: &mut Connection, app_name: &str, url: &str) -> Result<Option<Pipeline>, Error> {
    Ok(pipeline::table
        .find((app_name, url))
        .select(Pipeline::as_select())
        .get_result(conn)
        .optional()?)
}

impl Record for Pipeline {
    const TOPIC: &'static str = "pipeline";

    fn key(&self) -> String {
        format!("{}/{}", self.app_name, self.url)
    }

    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error> {
        match key.split_once('/') {
            Some((app_name, url)) => find(conn, app_name, url),
            None => Ok(None),
        }
    }

    fn insert(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::insert_into(pipeline::table)
            .values(self)
            .execute(conn)
    }

    fn replace(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::update(pipeline::table.find((&self.app_name, &self.url)))
            .set(self)
            .execute(conn)
    }

    fn remove(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::delete(pipeline::table.find((&self.app_name, &self.url))).execute(conn)
    }

    fn same(&self, other: &Self) -> bool {
        let revision = other.revision; // undo makes it grow, so it differs after an undo of an undo
        Self {
            revision,
            ..self.clone()
        } == *other
    }

    /// An undone record goes on counting: who holds the revision that was undone must not write over what comes next.
    fn over(self, now: &Self) -> Self {
        Self {
            revision: now.revision + 1,
            ..self
        }
    }
}
