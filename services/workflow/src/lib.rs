//! The workflow service: work in steps, described by files, remembered as one record per run.
//!
//! A workflow is a TOML file (`library`); its steps ask for values, call a method, or both (`step`). A run is one
//! JSON record in storage, found again by its key from any browser (`run`, `store`). Submitting a step checks the
//! values, stores them against the revision they were made for, and leaves a call to go on in this process
//! (`engine`), so that closing a tab changes nothing.
//!
//! Only `grpc`, `error` and `store` know tonic.

mod config;
mod engine;
mod error;
mod grpc;
mod library;
mod run;
mod step;
mod store;
mod template;

use proto::workflow::workflow_service_server::WorkflowServiceServer;
use runtime::{addr::Listener, grpc::Server};
use tokio_util::sync::CancellationToken;

pub use config::{Config, VARIABLES};

use crate::{engine::Engine, grpc::Workflows};

/// Serves until `shutdown` fires, then stops the calls that are under way and notes that in their runs.
///
/// # Errors
/// Passes on what the transport says.
pub async fn serve(
    config: Config,
    listener: Listener,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let engine = Engine::new(&config, shutdown.clone());
    engine.recover();
    let service = WorkflowServiceServer::new(Workflows::new(engine.clone()));
    let outcome = Server::new().with(service).serve(listener, shutdown).await;
    engine.ended().await;
    outcome
}
