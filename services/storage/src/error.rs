//! How storage fails, and the one place where that becomes a gRPC status.
use std::{error::Error as StdError, path::PathBuf, sync::Arc};

use diesel::result::Error as Diesel;
use tonic::{Code, Status};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields of the request and what is wrong with each.
    #[error("bad request: {0:?}")]
    Invalid(Vec<(String, String)>),
    /// There is no such row.
    #[error("no {topic} {key}")]
    Missing {
        /// Name of the table.
        topic: &'static str,
        /// Key of the row.
        key: String,
    },
    /// The key is in use.
    #[error("{topic} {key} is already there")]
    Taken {
        /// Name of the table.
        topic: &'static str,
        /// Key of the row.
        key: String,
    },
    /// The record moved on since the caller read it.
    #[error("pipeline {key} was changed meanwhile: its revision is {now}, not {given}")]
    Stale {
        /// Key of the record.
        key: String,
        /// Revision in the table.
        now: i64,
        /// Revision the caller knows.
        given: i64,
    },
    /// The profile would leave its tasks behind.
    #[error("profile {id} has tasks; delete them first, or set `cascade`")]
    HasTasks {
        /// Number of the profile.
        id: i64,
    },
    /// A task needs a profile.
    #[error("no profile yet: create one first")]
    NoProfile,
    /// The row names another that is not there.
    #[error("{topic} {key} belongs to a row that is gone")]
    Orphan {
        /// Name of the table.
        topic: &'static str,
        /// Key of the row.
        key: String,
    },
    /// Other rows name this one.
    #[error("other rows still belong to {topic} {key}")]
    InUse {
        /// Name of the table.
        topic: &'static str,
        /// Key of the row.
        key: String,
    },
    /// The row is not as the group of changes left it.
    #[error("{topic} {key} was changed since, so group {group} can not be undone")]
    ChangedSince {
        /// Name of the table.
        topic: String,
        /// Key of the row.
        key: String,
        /// Number of the group.
        group: i64,
    },
    /// Nothing can be written before there is room.
    #[error("the disk is full; nothing was written")]
    DiskFull,
    /// The database refused a statement.
    #[error("the database failed")]
    Database(#[source] Diesel),
    /// The transaction that a write was part of came to nothing.
    #[error("the transaction was not committed")]
    NotCommitted(#[source] Arc<Error>),
    /// A request's own code failed.
    #[error("a write panicked")]
    Panicked,
    /// The writer is gone.
    #[error("storage is stopping")]
    Stopping,
    /// The log holds what this program can not read.
    #[error("a row in the change log is no valid JSON")]
    Log(#[source] serde_json::Error),
    /// The database file can not be used.
    #[error("the database {} can not be opened", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The tables were made by a later version.
    #[error("the database {} is newer than this program (it holds migration {migration}); use the newer program", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration this program does not know.
        migration: String,
    },
    /// The transport failed.
    #[error("serving failed")]
    Serve(#[from] tonic::transport::Error),
}

impl Error {
    /// Says that one field is wrong.
    pub(crate) fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![(field.to_owned(), reason.into())])
    }

    /// Whether the engine failed, as opposed to a rule that was broken: the transaction may be gone.
    pub(crate) fn is_engine(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Database(_) | Self::Panicked)
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match &error {
            Diesel::DatabaseError(_, info) if info.message().contains("disk is full") => {
                Self::DiskFull
            }
            _ => Self::Database(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Invalid(fields) => return proto::status::invalid(fields.clone()),
            Error::Missing { .. } => Code::NotFound,
            Error::Taken { .. } => Code::AlreadyExists,
            Error::Stale { .. } => Code::Aborted,
            Error::HasTasks { .. }
            | Error::NoProfile
            | Error::Orphan { .. }
            | Error::InUse { .. }
            | Error::ChangedSince { .. } => Code::FailedPrecondition,
            Error::DiskFull => Code::ResourceExhausted,
            Error::NotCommitted(cause) if matches!(**cause, Error::DiskFull) => {
                return Self::new(Code::ResourceExhausted, cause.to_string());
            }
            Error::Stopping => Code::Unavailable,
            Error::Database(_)
            | Error::NotCommitted(_)
            | Error::Panicked
            | Error::Log(_)
            | Error::Open { .. }
            | Error::Newer { .. }
            | Error::Serve(_) => {
                let (chain, status) = proto::status::internal(&error);
                tracing::error!(error = chain, "request failed");
                return status;
            }
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_is_said_and_a_broken_engine_is_not() {
        let missing = Error::Missing {
            topic: "task",
            key: "7".to_owned(),
        };
        let status = Status::from(missing);
        assert_eq!(
            (status.code(), status.message()),
            (Code::NotFound, "no task 7")
        );

        let status = Status::from(Error::Database(Diesel::BrokenTransactionManager));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("transaction"), "{status}");
    }

    #[test]
    fn a_full_disk_is_said_also_when_the_commit_met_it() {
        let lost = Error::NotCommitted(Arc::new(Error::DiskFull));
        assert_eq!(Status::from(lost).code(), Code::ResourceExhausted);
    }
}
