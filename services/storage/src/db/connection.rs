//! One connection to the engine, and how a database file is made ready.
use std::{
    fs::{OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use diesel::{
    Connection as _, QueryResult, SqliteConnection, connection::SimpleConnection as _,
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::error::Error;
pub(crate) use multi::{AnyConnection as Connection, MultiBackend as Backend};

/// The tables of the SQLite engine.
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Waiting comes first, so that switching to WAL waits too; FULL, because what was acknowledged must survive a power
/// cut; checkpoints are another thread's work.
const PRAGMAS: &str = "
    pragma busy_timeout = 5000;
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma wal_autocheckpoint = 0;
    pragma journal_size_limit = 16777216;
";

/// The derive writes public items; nothing outside needs them.
#[allow(missing_docs, unreachable_pub)]
mod multi {
    use diesel::SqliteConnection;

    /// A connection to any engine. Queries are written once, against this; another engine is another variant.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// A file on this machine.
        Sqlite(SqliteConnection),
    }
}

impl Connection {
    /// Opens a connection that may write.
    pub(super) fn writing(path: &Path) -> Result<Self, Error> {
        sqlite(path, PRAGMAS).map(Self::Sqlite)
    }

    /// Opens a connection that can only read.
    pub(super) fn reading(path: &Path) -> Result<Self, Error> {
        sqlite(path, &format!("{PRAGMAS} pragma query_only = on;")).map(Self::Sqlite)
    }

    /// Begins a transaction that holds the right to write from its start.
    pub(super) fn begin(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute("begin immediate"),
        }
    }

    /// Makes the transaction durable.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        self.batch_execute("commit")
    }

    /// Moves what was committed from the log into the database file, as far as nobody is in the way.
    pub(super) fn checkpoint(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute("pragma wal_checkpoint(passive)"),
        }
    }
}

/// Makes the file, for the user alone, and brings its tables up to date.
pub(super) fn prepare(path: &Path) -> Result<(), Error> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.set_permissions(Permissions::from_mode(0o600)))
        .map_err(|e| failed(path, e))?;
    let mut conn = sqlite(path, PRAGMAS)?;
    refuse_newer(path, &mut conn)?;
    let applied = conn
        .run_pending_migrations(SQLITE)
        .map_err(|e| failed(path, e))?;
    for migration in applied {
        tracing::info!(%migration, "tables brought up to date");
    }
    Ok(())
}

fn refuse_newer(path: &Path, conn: &mut SqliteConnection) -> Result<(), Error> {
    let known: Vec<_> = diesel::migration::MigrationSource::<Sqlite>::migrations(&SQLITE)
        .map_err(|e| failed(path, e))?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let applied = conn.applied_migrations().map_err(|e| failed(path, e))?;
    match applied
        .iter()
        .map(ToString::to_string)
        .find(|version| !known.contains(version))
    {
        None => Ok(()),
        Some(migration) => Err(Error::Newer {
            path: path.to_owned(),
            migration,
        }),
    }
}

fn sqlite(path: &Path, pragmas: &str) -> Result<SqliteConnection, Error> {
    let name = path
        .to_str()
        .ok_or_else(|| failed(path, "its path is no UTF-8"))?;
    let mut conn = SqliteConnection::establish(name).map_err(|e| failed(path, e))?;
    conn.batch_execute(pragmas).map_err(|e| failed(path, e))?;
    Ok(conn)
}

fn failed(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Open {
        path: path.to_owned(),
        source: source.into(),
    }
}
