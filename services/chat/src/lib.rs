//! Conversation with a local model.
//!
//! A question comes in ([`grpc`]), the words the model gets are put together ([`context`]) from the [`prompts`], what the
//! page shows ([`surroundings`]) and what was said before, the question is stored and the model asked
//! ([`conversation`]), and its answer is passed on word by word while it is kept ([`answer`]). What the answer asks for is
//! done as the person's policy says ([`actions`]), and the model answers to what came of it ([`exchange`]). What was said
//! lives in storage ([`transcript`]); the model server is spoken to in one place ([`ollama`]), behind the trait in
//! [`model`]; [`choice`] decides which model answers when none is named.
//!
//! One rule holds it together: an answer lives as long as its reader. When the reader leaves, when the process stops or
//! when the model fails, the request to the model is dropped at once and what was written so far is kept.
mod actions;
pub mod answer;
pub mod choice;
pub mod config;
pub mod context;
pub mod conversation;
mod entering;
pub mod error;
mod exchange;
pub mod fake;
mod grpc;
pub mod host;
mod manner;
pub mod model;
pub mod ollama;
mod patience;
pub mod prompts;
mod rows;
pub mod surroundings;
mod transcript;
mod turns;
mod written;

use std::sync::Arc;

use proto::chat::chat_service_server::ChatServiceServer;
use runtime::{addr::Listener, grpc::Server};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use config::Config;
use conversation::Conversation;
pub use error::Error;

/// Serves until `shutdown` fires; open answers end then, and what they hold is stored before this returns.
///
/// # Errors
/// Passes on what the transport says.
pub async fn serve(
    config: Config,
    listener: Listener,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let answers = TaskTracker::new();
    let conversation = Arc::new(Conversation::new(
        &config,
        answers.clone(),
        shutdown.clone(),
    )?);
    tokio::spawn(conversation.clone().mend());
    let served = Server::new()
        .with(ChatServiceServer::from_arc(Arc::new(grpc::Chat::new(
            conversation,
        ))))
        .serve(listener, shutdown)
        .await;
    answers.close();
    answers.wait().await;
    served.map_err(Error::from)
}
