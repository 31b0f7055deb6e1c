//! What a process says while it runs: log lines, and spans that carry one trace id through every process a request
//! touches (W3C Trace Context).
//!
//! Without a collector nothing is exported, but trace ids are still made and passed on.
use std::{io::IsTerminal, time::Duration};

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::env::{Bad, Env};

/// The variables this module reads, for `--help`.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    (
        "BF_LOG",
        "what is logged, such as `info` or `info,storage=debug` (default info)",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "collector that takes spans over gRPC, such as http://127.0.0.1:4317 (default none)",
    ),
];

/// Keeps telemetry alive; flush it at the end.
pub struct Telemetry(SdkTracerProvider);

impl Telemetry {
    /// Sends what is waiting, within a second.
    pub fn flush(self) {
        // An unreachable collector must not make a clean stop look like a failure.
        let _ = self.0.shutdown_with_timeout(Duration::from_secs(1));
    }
}

/// Starts logging and tracing for a process. Coloured lines in a terminal, JSON otherwise. Needs a tokio runtime.
///
/// # Errors
/// Refuses a filter or endpoint that can not be read.
pub fn init(service: &'static str, env: &Env) -> Result<Telemetry, Bad> {
    let filter: EnvFilter = env.parse("BF_LOG", "info")?;
    let mut provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build());
    if let Some(endpoint) = env.text("OTEL_EXPORTER_OTLP_ENDPOINT") {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&endpoint)
            .build()
            .map_err(|e| Bad {
                name: "OTEL_EXPORTER_OTLP_ENDPOINT",
                value: endpoint,
                reason: format!("is no collector's address: {e}"),
            })?;
        provider = provider.with_batch_exporter(exporter);
    }
    let provider = provider.build();
    global::set_text_map_propagator(TraceContextPropagator::new());

    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() {
        lines.with_target(false).boxed()
    } else {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .boxed()
    };
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer(service));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(spans)
        .try_init()
        .map_err(|e| Bad {
            name: "BF_LOG",
            value: String::new(),
            reason: e.to_string(),
        })?;
    Ok(Telemetry(provider))
}
