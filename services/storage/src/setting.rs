//! Settings: one value for each key, in the table `store`.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    db::{Backend, Connection, Record, Tx},
    error::Error,
    schema::store,
};

/// Rows that a list has at most.
const LISTED: i64 = 1000;

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
#[diesel(table_name = store, primary_key(key), check_for_backend(Backend))]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Lists settings whose key begins so, by key.
pub(crate) fn list(conn: &mut Connection, prefix: &str) -> Result<Vec<Setting>, Error> {
    Ok(store::table
        .filter(store::key.like(pattern(prefix)).escape('\\'))
        .order(store::key)
        .limit(LISTED)
        .select(Setting::as_select())
        .load(conn)?)
}

/// Reads one setting.
pub(crate) fn get(conn: &mut Connection, key: &str) -> Result<Setting, Error> {
    Setting::find(conn, key)?.ok_or_else(|| Error::Missing {
        topic: Setting::TOPIC,
        key: key.to_owned(),
    })
}

/// Returns a setting's value, if it is there.
pub(crate) fn value(conn: &mut Connection, key: &str) -> Result<Option<String>, Error> {
    Ok(Setting::find(conn, key)?.map(|row| row.value))
}

/// Stores a setting, whether or not the key was there.
pub(crate) fn set(tx: &mut Tx<'_>, after: &Setting) -> Result<(), Error> {
    match Setting::find(tx.conn(), &after.key)? {
        Some(before) => tx.updated(&before, after),
        None => tx.inserted(after),
    }
}

/// Deletes a setting.
pub(crate) fn delete(tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
    let row = get(tx.conn(), key)?;
    tx.deleted(&row)
}

fn pattern(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for c in prefix.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Record for Setting {
    const TOPIC: &'static str = "setting";

    fn key(&self) -> String {
        self.key.clone()
    }

    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error> {
        Ok(store::table
            .find(key)
            .select(Self::as_select())
            .get_result(conn)
            .optional()?)
    }

    fn insert(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::insert_into(store::table).values(self).execute(conn)
    }

    fn replace(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::update(store::table.find(&self.key))
            .set(self)
            .execute(conn)
    }

    fn remove(&self, conn: &mut Connection) -> QueryResult<usize> {
        diesel::delete(store::table.find(&self.key)).execute(conn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_means_its_own_characters() {
        assert_eq!(pattern(r"last_50%\"), r"last\_50\%\\%");
    }
}
