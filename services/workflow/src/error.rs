//! How the service fails, and what that means on the wire.
use tonic::{Code, Status};

use crate::{run::State, step::Violations};

/// A reason why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("unknown workflow `{0}`")]
    UnknownWorkflow(String),
    #[error("workflow `{name}` can not be used: {reason}")]
    BrokenWorkflow { name: String, reason: String },
    #[error("unknown run `{url}` of workflow `{workflow}`")]
    UnknownRun { workflow: String, url: String },
    #[error("unknown step `{step}` of workflow `{workflow}`")]
    UnknownStep { workflow: String, step: String },
    #[error("step `{step}` {}", why_not(*.state))]
    NotOpen { step: String, state: State },
    #[error("{} wrong", .0.len())]
    Invalid(Violations),
    #[error("the request of step `{step}` can not be made: {reason}")]
    Request { step: String, reason: String },
    #[error("run `{0}` holds too much; start another one")]
    TooLarge(String),
    #[error("no free key like `{0}`; name one")]
    NoFreeKey(String),
    #[error("{}", .0.message())]
    Storage(#[from] Status),
    #[error("a task of ours ended early")]
    Lost(#[from] tokio::task::JoinError),
}

/// Returns why a call failed, in words.
pub(crate) fn sentence(status: &Status) -> String {
    match status.message() {
        "" => status.code().description().to_owned(),
        message => message.to_owned(),
    }
}

fn why_not(state: State) -> &'static str {
    match state {
        State::Locked => "is locked; the steps before it come first",
        State::Running => "is running; wait until it ends",
        State::Done => "is already done",
        State::Open | State::Failed => "is open",
    }
}

impl Error {
    /// Refuses one field of a request.
    pub(crate) fn field(name: &str, reason: &str) -> Self {
        Self::Invalid(vec![(name.to_owned(), reason.to_owned())])
    }

    /// Tells whether trying the same again can not help.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Storage(status) => matches!(
                status.code(),
                Code::InvalidArgument
                    | Code::NotFound
                    | Code::AlreadyExists
                    | Code::FailedPrecondition
                    | Code::OutOfRange
                    | Code::Unimplemented
            ),
            Self::Lost(_) => false,
            _ => true,
        }
    }

    /// Tells whether a write may have happened although it failed.
    pub(crate) fn is_unclear(&self) -> bool {
        !self.is_final() && !matches!(self, Self::Storage(s) if s.code() == Code::Aborted)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let sentence = error.to_string();
        match error {
            Error::UnknownWorkflow(_) | Error::UnknownRun { .. } | Error::UnknownStep { .. } => {
                Self::not_found(sentence)
            }
            Error::BrokenWorkflow { .. } | Error::NotOpen { .. } | Error::Request { .. } => {
                Self::failed_precondition(sentence)
            }
            Error::Invalid(violations) => proto::status::invalid(violations),
            Error::TooLarge(_) | Error::NoFreeKey(_) => Self::resource_exhausted(sentence),
            Error::Storage(status) => status,
            Error::Lost(e) => {
                let (log, status) = proto::status::internal(&e);
                tracing::error!(error = log, "a task of ours ended early");
                status
            }
        }
    }
}
