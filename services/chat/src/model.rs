//! The seam between us and whatever runs models: what is asked, and what comes back.
//!
//! Everything on our side of it is about conversations, everything behind it about one server's protocol.
use std::sync::Arc;

use futures::{future::BoxFuture, stream::BoxStream};
use serde_json::Value as Json;

use crate::error::Error;

/// A server that runs models.
pub trait Model: Send + Sync + 'static {
    /// Lists the models it has.
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, Error>>;

    /// Makes sure that a model is there, before anything is stored. Cheap when it was there before.
    fn check<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Returns whether a model can be offered tools. Cheap once it was checked.
    fn calls_tools<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<bool, Error>>;

    /// Gets a model that is not there. Dropping the future or the progress ends it.
    fn pull<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Pulling, Error>>;

    /// Asks for an answer. Dropping the future or the pieces stops the model.
    fn answer(&self, ask: Ask) -> BoxFuture<'static, Result<Pieces, Error>>;
}

/// An answer as it comes. It ends after the piece that is `done`; an end without one means that it was cut.
pub type Pieces = BoxStream<'static, Result<Piece, Error>>;

/// How far a model that is being got is, again and again; the first error ends it.
pub type Pulling = BoxStream<'static, Result<Progress, Error>>;

/// How far a model that is being got is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in the model server's words.
    pub status: String,
    /// Bytes of this part that are here.
    pub completed: i64,
    /// Bytes of this part; 0 when unknown.
    pub total: i64,
}

/// What a model is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Name of the model.
    pub model: String,
    /// The conversation so far, oldest first; the last one is the question.
    pub said: Vec<Said>,
    /// What the model did about the question so far, and what came of it.
    pub rounds: Vec<Round>,
    /// Tools it may call; empty when there are none, or when it can not.
    pub offered: Arc<[Offered]>,
    /// JSON schema that the answer must have; it is then made without chance.
    pub format: Option<Json>,
}

/// A tool as a model is offered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// What it does.
    pub doc: String,
    /// JSON schema of its arguments.
    pub schema: Json,
}

/// A call of a tool, as the model asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Name of the tool.
    pub tool: String,
    /// Its arguments, an object when all is well.
    pub args: Json,
}

/// An answer that asked for something, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The text of the answer.
    pub text: String,
    /// The calls that the model made as such; none when they stood in the text.
    pub calls: Vec<Call>,
    /// Names of tools, and what came of each call.
    pub results: Vec<(String, String)>,
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
    /// Calls the model makes; most pieces have none.
    pub calls: Vec<Call>,
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
    /// Tokens the model can hold in mind; 0 when unknown.
    pub context_tokens: i64,
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
    /// Whether it is in memory.
    pub loaded: bool,
}
