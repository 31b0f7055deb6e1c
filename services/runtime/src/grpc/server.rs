//! The server every service runs: its own methods, health overall and per service, and reflection with comments, on
//! one address.
use std::convert::Infallible;

use futures::future::BoxFuture;
use http::{Request, Response};
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    server::NamedService,
    service::{Routes, RoutesBuilder},
    transport::server::TcpIncoming,
};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_check_response, health_client::HealthClient},
    server::HealthReporter,
};
use tower::Service;

use super::{Client, trace};
use crate::addr::{Addr, Listener};

/// Calls that one connection may have open at a time.
const STREAMS_PER_CONNECTION: u32 = 1024;

/// Collects services and serves them.
pub struct Server {
    routes: RoutesBuilder,
    health: HealthReporter,
    names: Vec<&'static str>,
}

impl Server {
    /// Makes a server with health and reflection alone.
    pub fn new() -> Self {
        let (health, health_service) = tonic_health::server::health_reporter();
        let mut routes = Routes::builder();
        routes.add_service(health_service);
        Self {
            routes,
            health,
            names: Vec::new(),
        }
    }

    /// Adds a service.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Serves until `shutdown` fires and open calls have ended. Streams must end by themselves when it fires.
    ///
    /// # Errors
    /// Passes on what the transport says.
    pub async fn serve(
        mut self,
        listener: Listener,
        shutdown: CancellationToken,
    ) -> Result<(), tonic::transport::Error> {
        self.add_reflection();
        for name in &self.names {
            self.health
                .set_service_status(name, ServingStatus::Serving)
                .await;
        }
        let router = tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            .trace_fn(trace::server_span)
            .add_routes(self.routes.routes());
        let stop = stopping(self.health, self.names, shutdown);
        match listener {
            // Nagle's algorithm would hold small messages back for 40 ms; the builder's own switch does not reach
            // a listener that was bound elsewhere.
            Listener::Tcp(listener) => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                router.serve_with_incoming_shutdown(incoming, stop).await
            }
            Listener::Unix(listener) => {
                let incoming = UnixListenerStream::new(listener);
                router.serve_with_incoming_shutdown(incoming, stop).await
            }
        }
    }
}

impl Server {
    /// Adds reflection that names the services which are here, and knows every type they speak of.
    fn add_reflection(&mut self) {
        let mut here = self.names.clone();
        here.extend([
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
        ]);
        let reflection = || {
            let builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                // so that grpcurl can show which fields were refused
                .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET);
            here.iter()
                .fold(builder, |builder, name| builder.with_service_name(*name))
        };
        self.routes
            .add_service(
                reflection()
                    .build_v1()
                    .expect("descriptors are well-formed"),
            )
            .add_service(
                reflection()
                    .build_v1alpha()
                    .expect("descriptors are well-formed"),
            );
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// Waits for the token, then tells health watchers before the last calls drain.
async fn stopping(health: HealthReporter, names: Vec<&'static str>, shutdown: CancellationToken) {
    shutdown.cancelled().await;
    for name in names.into_iter().chain([""]) {
        health
            .set_service_status(name, ServingStatus::NotServing)
            .await;
    }
}

/// Asks the gRPC service at `addr` for its health; the error is a sentence.
pub fn probe(addr: Addr) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let client =
            Client::new(&addr, "probe").with_deadline(std::time::Duration::from_millis(900));
        let answer = HealthClient::new(client)
            .check(HealthCheckRequest::default())
            .await
            .map_err(|status| status.message().to_owned())?
            .into_inner();
        if answer.status == health_check_response::ServingStatus::Serving as i32 {
            Ok(())
        } else {
            Err(format!("the process at {addr} is stopping"))
        }
    })
}
