//! How the service fails, and how that is said over the wire.
use std::{fmt, io, time::Duration};

use tonic::{Code, Status};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No token is kept for the API in use.
    #[error("not connected to Botify: connect with a token first")]
    NotConnected,
    /// A request says something that can not be.
    #[error("`{field}` {reason}")]
    Invalid { field: &'static str, reason: String },
    /// The API answered, and its answer is no.
    #[error("{0}")]
    Refused(Refusal),
    /// The API gave no answer.
    #[error("{api} {why}")]
    Unreachable {
        api: String,
        why: &'static str,
        source: reqwest::Error,
    },
    /// The API gave an answer that can not be used.
    #[error("{api} {why}")]
    Unreadable { api: String, why: String },
    /// The file with the token can not be used.
    #[error("the token file can not be used")]
    TokenFile(#[source] io::Error),
    /// TLS can not be set up.
    #[error("the HTTP client can not be made")]
    Client(#[source] reqwest::Error),
}

/// An answer of the API that is no success.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What the API says, in short; may be empty.
    pub(crate) message: String,
    /// How long the API asks us to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Error {
    /// Says which field of a request is wrong, and why.
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Invalid { field, reason }
    }

    /// Whether the same read may succeed a moment later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(refusal) => refusal.status == 429 || refusal.status >= 500,
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status;
        let fact = match status {
            401 => "Botify does not accept the token; connect again with a valid one",
            403 => "Botify does not grant access with this token",
            404 => "Botify does not know it",
            429 => "Botify still asks to slow down; try again in a minute",
            500.. => &format!("Botify has trouble of its own (HTTP {status})"),
            _ => &format!("Botify refuses this (HTTP {status})"),
        };
        f.write_str(fact)?;
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Invalid { field, reason } => return proto::status::invalid([(*field, reason)]),
            Error::TokenFile(_) | Error::Client(_) => return internal(&error),
            Error::NotConnected => Code::FailedPrecondition,
            Error::Unreachable { .. } | Error::Unreadable { .. } => Code::Unavailable,
            Error::Refused(refusal) => match refusal.status {
                401 => Code::Unauthenticated,
                403 => Code::PermissionDenied,
                404 => Code::NotFound,
                400 | 422 => Code::InvalidArgument,
                429 => Code::ResourceExhausted,
                500.. => Code::Unavailable,
                _ => Code::FailedPrecondition,
            },
        };
        Self::new(code, error.to_string())
    }
}

fn internal(error: &Error) -> Status {
    let (chain, status) = proto::status::internal(error);
    tracing::error!(error = chain, "failed");
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_code() {
        let code = |status| {
            Status::from(Error::Refused(Refusal {
                status,
                message: "x".to_owned(),
                retry_after: None,
            }))
            .code()
        };
        assert_eq!(code(401), Code::Unauthenticated);
        assert_eq!(code(403), Code::PermissionDenied);
        assert_eq!(code(404), Code::NotFound);
        assert_eq!(code(422), Code::InvalidArgument);
        assert_eq!(code(429), Code::ResourceExhausted);
        assert_eq!(code(503), Code::Unavailable);
        assert_eq!(code(409), Code::FailedPrecondition);
    }

    #[test]
    fn trouble_with_the_token_file_is_told_to_the_log_alone() {
        let status = Status::from(Error::TokenFile(io::Error::other("disk on fire")));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("fire"));
    }
}
