//! How the chat service fails, and how each failure is said over the wire.
use std::time::Duration;

use tonic::{Code, Status};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request can not be used.
    #[error("`{field}` {reason}")]
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it, as the end of a sentence.
        reason: String,
    },
    /// The profile's last question is still being answered.
    #[error("the model is still answering; stop it first")]
    StillAnswering,
    /// The answer to replace is not the last thing that was said.
    #[error(
        "only the last answer can be given anew, and only when it follows right after a question"
    )]
    NotLast,
    /// Too many questions off the record are open.
    #[error("too many questions at once; try again in a moment")]
    TooMany,
    /// Nothing listens where the model server should be.
    #[error("no model server answers at {at}; start it with `ollama serve`")]
    NoServer {
        /// Its address.
        at: String,
    },
    /// The model is not on the model server.
    #[error("model `{model}` is not installed; get it with `ollama pull {model}`")]
    NotInstalled {
        /// Its name.
        model: String,
    },
    /// The model server has no model that can chat.
    #[error(
        "no model is installed; get a good one with `ollama pull {}`",
        crate::choice::GOOD
    )]
    NoModel,
    /// The model server has too many requests waiting.
    #[error("the model server is busy; try again in a moment")]
    Busy,
    /// The model server refuses this request.
    #[error("the model server refuses: {reason}")]
    Refused {
        /// Its own words.
        reason: String,
    },
    /// The model server can not do its work.
    #[error("the model server failed: {reason}")]
    Failed {
        /// Its own words, or what was seen of it.
        reason: String,
    },
    /// The answer broke off.
    #[error("the answer was cut short: {reason}")]
    Cut {
        /// What happened.
        reason: String,
    },
    /// The action is not there to be decided any more.
    #[error("this action is {state} already")]
    Decided {
        /// How far it is.
        state: String,
    },
    /// The action changed nothing.
    #[error("this action changed nothing that could be undone")]
    NothingToUndo,
    /// There is no such tool, or not for this.
    #[error("there is no tool `{tool}` to be used in a conversation")]
    NotInReach {
        /// Its name.
        tool: String,
    },
    /// The model fell silent.
    #[error("the answer was cut short: nothing came for {} s", .0.as_secs())]
    Silent(Duration),
    /// The model did not come to an end.
    #[error("the answer was cut short: it took longer than {} s", .0.as_secs())]
    TooSlow(Duration),
    /// Whoever asked went away.
    #[error("stopped")]
    Left,
    /// This process stops.
    #[error("the chat service is stopping; what was written so far is kept")]
    Stopping,
    /// Storage is away since this process began.
    #[error("storage does not answer yet; try again in a moment")]
    NoStorage,
    /// Storage says no, in its own words.
    #[error("{}", .0.message())]
    Storage(#[from] Status),
    /// The transport failed.
    #[error("the server failed")]
    Server(#[from] tonic::transport::Error),
    /// The HTTP client could not be made.
    #[error("the HTTP client can not be made")]
    Http(#[source] reqwest::Error),
    /// A task of ours died.
    #[error("a task died")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// Returns whether storage says that there is no such row.
    pub(crate) fn says_missing(&self) -> bool {
        matches!(self, Self::Storage(status) if status.code() == Code::NotFound)
    }

    /// Returns whether storage could not be reached, or hangs.
    pub(crate) fn says_away(&self) -> bool {
        let away = |code| matches!(code, Code::Unavailable | Code::DeadlineExceeded);
        matches!(self, Self::Storage(status) if away(status.code()))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let sentence = error.to_string();
        match error {
            Error::Invalid { field, reason } => proto::status::invalid([(field, reason)]),
            Error::StillAnswering
            | Error::NotLast
            | Error::Decided { .. }
            | Error::NothingToUndo
            | Error::Refused { .. } => Self::failed_precondition(sentence),
            Error::TooMany | Error::Busy => Self::resource_exhausted(sentence),
            Error::NotInstalled { .. } | Error::NoModel | Error::NotInReach { .. } => {
                Self::not_found(sentence)
            }
            Error::NoServer { .. }
            | Error::Failed { .. }
            | Error::Cut { .. }
            | Error::Silent(_)
            | Error::TooSlow(_)
            | Error::NoStorage
            | Error::Stopping => Self::unavailable(sentence),
            Error::Left => Self::cancelled(sentence),
            Error::Storage(status) => status,
            Error::Server(_) | Error::Http(_) | Error::Task(_) => {
                let (chain, status) = proto::status::internal(&error);
                tracing::error!(error = chain, "call failed");
                status
            }
        }
    }
}
