//! The Botify service: who is connected, and what their projects hold.
//!
//! A call comes in through `grpc`, finds out who speaks to which API from the `connection`, and reads from it
//! through the one `api` client, which keeps to Botify's pace, tries again when that can do no harm, and never
//! shows the token to another host. The [`sandbox`] stands in for Botify: same paths, same answers, a made-up site.
mod api;
pub mod config;
mod connection;
mod error;
mod grpc;
mod projects;
mod query;
pub mod sandbox;
mod slug;
mod token_file;

use proto::botify::botify_service_server::BotifyServiceServer;
use runtime::{addr::Listener, grpc::Server};
use tokio_util::sync::CancellationToken;

use crate::{api::Api, config::Config, connection::Connections, grpc::Botify};

/// Serves until `shutdown` fires.
///
/// # Errors
/// Passes on what TLS says at the start, and the transport later.
pub async fn serve(
    config: Config,
    listener: Listener,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let botify = Botify {
        api: Api::new()?,
        connections: Connections::new(config),
    };
    Server::new()
        .with(BotifyServiceServer::new(botify))
        .serve(listener, shutdown)
        .await?;
    Ok(())
}
