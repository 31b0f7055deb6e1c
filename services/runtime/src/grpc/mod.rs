//! How a service is spoken to and how it speaks to others: the server every service runs, the client every call goes
//! through, and what travels beside the messages (trace context and actor).
mod client;
mod server;
mod trace;

pub use client::Client;
pub use server::{Server, probe};

/// Metadata key that says who acts: `page`, `model`, `workflow`, ...; absent for people with grpcurl.
pub const ACTOR: &str = "bf-actor";

/// Returns who acts, as a request's metadata says; `grpc` when it does not.
pub fn actor(metadata: &tonic::metadata::MetadataMap) -> &str {
    metadata
        .get(ACTOR)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.len() <= 100)
        .unwrap_or("grpc")
}
