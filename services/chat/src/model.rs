//! The seam between us and whatever runs models: what is asked, and what comes back.
//!
//! Everything on our side of it is about conversations, everything behind it about one server's protocol.
use futures::{future::BoxFuture, stream::BoxStream};

use crate::error::Error;

/// A server that runs models.
pub trait Model: Send + Sync + 'static {
    /// Lists the models it has.
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, Error>>;

    /// Makes sure that a model is there, before anything is stored. Cheap when it was there before.
    fn check<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Asks for an answer. Dropping the future or the pieces stops the model.
    fn answer(&self, ask: Ask) -> BoxFuture<'static, Result<Pieces, Error>>;
}

/// An answer as it comes. It ends after the piece that is `done`; an end without one means that it was cut.
pub type Pieces = BoxStream<'static, Result<Piece, Error>>;

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Name of the model.
    pub model: String,
    /// The conversation so far, oldest first; the last one is the question.
    pub said: Vec<Said>,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who spoke.
    pub by: Speaker,
    /// What was said.
    pub text: String,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The app.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// More of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Text to append; may be empty.
    pub text: String,
    /// Thoughts to append; may be empty.
    pub thinking: String,
    /// Set on the last piece.
    pub done: Option<Done>,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Whether a length limit ended it and not the model.
    pub cut: bool,
    /// What it cost.
    pub usage: Usage,
}

/// What an answer cost, in tokens and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: i64,
    /// Tokens written.
    pub reply_tokens: i64,
    /// Time to load the model.
    pub load_ms: i64,
    /// Time from the question to the first text; measured here, not by the model server.
    pub first_token_ms: i64,
    /// Time spent writing.
    pub reply_ms: i64,
}

/// A model that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Name with tag.
    pub name: String,
    /// Size on disk in bytes.
    pub size: i64,
    /// Number of parameters in words, such as `3.2B`; empty when unknown.
    pub parameter_size: String,
    /// Whether it can only turn text into vectors.
    pub embeds_only: bool,
}
