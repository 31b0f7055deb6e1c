//! Storage: every table of the house, behind gRPC.
//!
//! A request comes in through `grpc`, where its fields are checked. A read borrows a reading connection and answers
//! at once. A write is a closure that waits in a queue for the one writer thread (`db::writer`), which runs what waits
//! in one transaction, adds every changed row to the change log, commits once, tells the watchers, and answers. So
//! there is no way to change a row that live pages, undo and the audit list would not hear of.
//!
//! One file per aggregate holds its row, its queries and its rules; `changes` holds the log, Watch and Undo.

mod changes;
mod config;
mod db;
mod error;
mod fields;
mod grpc;
mod message;
mod order;
mod page;
mod pipeline;
mod profile;
mod schema;
mod setting;
mod task;

use runtime::addr::Listener;
use tokio_util::sync::CancellationToken;

pub use config::Config;
pub use error::Error;

/// Opens the database and serves it until `shutdown` fires.
///
/// # Errors
/// Says so when the database can not be opened, or is newer than this program.
pub async fn serve(
    config: Config,
    listener: Listener,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let db = db::Db::open(&config.database)?;
    grpc::server(&db, &shutdown)
        .serve(listener, shutdown)
        .await?;
    Ok(())
}
