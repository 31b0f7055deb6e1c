//! A write in progress. Rows are changed through it and no other way, so no change can be forgotten.
use diesel::{
    QueryResult,
    result::{DatabaseErrorKind, Error as Diesel},
};
use serde::{Serialize, de::DeserializeOwned};

use super::Connection;
use crate::{
    changes::{Change, Op},
    error::Error,
};

/// A row that is logged when it changes.
pub(crate) trait Record: Serialize + DeserializeOwned + PartialEq + Sized {
    /// Name of the table, as the log and the pages say it.
    const TOPIC: &'static str;

    /// Returns the key as the log says it.
    fn key(&self) -> String;
    /// Finds a row by that key.
    fn find(conn: &mut Connection, key: &str) -> Result<Option<Self>, Error>;
    /// Adds the whole row, key included.
    fn insert(&self, conn: &mut Connection) -> QueryResult<usize>;
    /// Writes every column but the key.
    fn replace(&self, conn: &mut Connection) -> QueryResult<usize>;
    /// Deletes the row.
    fn remove(&self, conn: &mut Connection) -> QueryResult<usize>;

    /// Whether the row holds the same, for undo; a counter of changes may differ.
    fn same(&self, other: &Self) -> bool {
        self == other
    }

    /// Returns the row as undo writes it over `now`.
    fn over(self, _now: &Self) -> Self {
        self
    }
}

/// One request inside a transaction.
pub(crate) struct Tx<'a> {
    conn: &'a mut Connection,
    actor: &'a str,
    time: &'a str,
    head: i64,
    log: &'a mut Vec<Change>,
    begun: usize,
}

impl<'a> Tx<'a> {
    /// Begins a request whose changes go to the end of `log`, after those that follow `head`.
    pub(super) fn new(
        conn: &'a mut Connection,
        actor: &'a str,
        time: &'a str,
        head: i64,
        log: &'a mut Vec<Change>,
    ) -> Self {
        let begun = log.len();
        Self {
            conn,
            actor,
            time,
            head,
            log,
            begun,
        }
    }

    /// The connection, to read with; what was written before in the same transaction is there.
    pub(crate) fn conn(&mut self) -> &mut Connection {
        self.conn
    }

    /// Returns the time that this transaction is logged with.
    pub(crate) fn time(&self) -> &str {
        self.time
    }

    /// Whether the request changed anything yet.
    pub(super) fn wrote(&self) -> bool {
        self.log.len() > self.begun
    }

    /// Returns the number of the request's first change; 0 when there is none.
    pub(super) fn group(&self) -> i64 {
        self.log.get(self.begun).map_or(0, |change| change.seq)
    }

    /// Adds a row by a query that gives it its key, and returns it.
    pub(crate) fn created<R: Record>(
        &mut self,
        insert: impl FnOnce(&mut Connection) -> QueryResult<R>,
    ) -> Result<R, Error> {
        let row = insert(self.conn).map_err(|e| refused::<R>(e, "", Op::Created))?;
        self.note::<R>(Op::Created, row.key(), None, Some(&row));
        Ok(row)
    }

    /// Adds a row that has its key.
    pub(crate) fn inserted<R: Record>(&mut self, row: &R) -> Result<(), Error> {
        row.insert(self.conn)
            .map_err(|e| refused::<R>(e, &row.key(), Op::Created))?;
        self.note(Op::Created, row.key(), None, Some(row));
        Ok(())
    }

    /// Writes `after` over `before`; does nothing when they are equal.
    pub(crate) fn updated<R: Record>(&mut self, before: &R, after: &R) -> Result<(), Error> {
        if before == after {
            return Ok(());
        }
        after
            .replace(self.conn)
            .map_err(|e| refused::<R>(e, &after.key(), Op::Updated))?;
        self.note(Op::Updated, after.key(), Some(before), Some(after));
        Ok(())
    }

    /// Deletes a row.
    pub(crate) fn deleted<R: Record>(&mut self, row: &R) -> Result<(), Error> {
        row.remove(self.conn)
            .map_err(|e| refused::<R>(e, &row.key(), Op::Deleted))?;
        self.note(Op::Deleted, row.key(), Some(row), None);
        Ok(())
    }

    fn note<R: Record>(&mut self, op: Op, id: String, before: Option<&R>, after: Option<&R>) {
        let seq = self.head + 1 + self.log.len() as i64;
        let group = if self.wrote() { self.group() } else { seq };
        self.log.push(Change {
            seq,
            time: self.time.to_owned(),
            actor: self.actor.to_owned(),
            group,
            topic: R::TOPIC.to_owned(),
            op: op.name().to_owned(),
            id,
            before: before.map(json),
            after: after.map(json),
        });
    }
}

fn json<R: Serialize>(row: &R) -> String {
    serde_json::to_string(row).expect("a row is made of text and numbers")
}

/// Names the row when a rule of the tables was broken.
fn refused<R: Record>(error: Diesel, key: &str, op: Op) -> Error {
    let Diesel::DatabaseError(kind, _) = &error else {
        return error.into();
    };
    let (topic, key) = (R::TOPIC, key.to_owned());
    match (kind, op) {
        (DatabaseErrorKind::ForeignKeyViolation, Op::Deleted) => Error::InUse { topic, key },
        (DatabaseErrorKind::ForeignKeyViolation, _) => Error::Orphan { topic, key },
        (DatabaseErrorKind::UniqueViolation, _) => Error::Taken { topic, key },
        _ => error.into(),
    }
}
