//! Calls between two processes, over real sockets.
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use proto::storage::{
    DeleteSettingRequest, DeleteSettingResponse, GetSettingRequest, GetSettingResponse,
    ListSettingsRequest, ListSettingsResponse, SetSettingRequest, SetSettingResponse,
    setting_service_client::SettingServiceClient,
    setting_service_server::{SettingService, SettingServiceServer},
};
use runtime::{
    addr::{Addr, Listener},
    grpc::{Client, Server, probe},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Request, Response, Status};
use tonic_reflection::pb::{v1, v1alpha};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// A service that notes who called and in which trace.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, String)>>>);

#[tonic::async_trait]
impl SettingService for Notes {
    async fn list_settings(
        &self,
        request: Request<ListSettingsRequest>,
    ) -> Result<Response<ListSettingsResponse>, Status> {
        let metadata = request.metadata();
        let trace = metadata
            .get("traceparent")
            .map(|value| value.to_str().expect("text"));
        let note = (
            runtime::grpc::actor(metadata).to_owned(),
            trace.unwrap_or_default().to_owned(),
        );
        self.0.lock().expect("notes").push(note);
        Ok(Response::new(ListSettingsResponse::default()))
    }

    async fn get_setting(
        &self,
        _: Request<GetSettingRequest>,
    ) -> Result<Response<GetSettingResponse>, Status> {
        std::future::pending().await
    }

    async fn set_setting(
        &self,
        _: Request<SetSettingRequest>,
    ) -> Result<Response<SetSettingResponse>, Status> {
        Err(proto::status::invalid([("key", "is required")]))
    }

    async fn delete_setting(
        &self,
        _: Request<DeleteSettingRequest>,
    ) -> Result<Response<DeleteSettingResponse>, Status> {
        Err(Status::not_found("no setting `x`"))
    }
}

async fn bind(addr: &str) -> (Listener, Addr) {
    let listener = addr
        .parse::<Addr>()
        .expect("an address")
        .bind()
        .await
        .expect("bound");
    let addr = listener.addr().expect("an address");
    (listener, addr)
}

fn serve(listener: Listener, notes: &Notes) -> DropGuard {
    let stop = CancellationToken::new();
    let server = Server::new().with(SettingServiceServer::new(notes.clone()));
    let until = stop.clone();
    tokio::spawn(async move { server.serve(listener, until).await.expect("served") });
    stop.drop_guard()
}

fn settings(addr: &Addr) -> SettingServiceClient<Client> {
    SettingServiceClient::new(Client::new(addr, "test").with_deadline(Duration::from_millis(200)))
}

#[tokio::test]
async fn a_call_waits_for_a_process_that_is_still_starting() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = format!("unix:{}", dir.path().join("late").display());
    let addr: Addr = path.parse().expect("an address");
    let mut client = SettingServiceClient::new(Client::new(&addr, "test"));
    let call = client.list_settings(ListSettingsRequest::default());
    tokio::pin!(call);
    // Polled before anybody listens, so it has been refused at least once.
    assert!(futures::poll!(&mut call).is_pending());
    tokio::task::yield_now().await;
    let (listener, _) = bind(&path).await;
    let _server = serve(listener, &Notes::default());
    call.await.expect("answered as soon as somebody listened");
}

#[tokio::test]
async fn a_call_to_nobody_fails_with_the_address() {
    let (listener, addr) = bind("127.0.0.1:0").await;
    drop(listener);
    let mut client = SettingServiceClient::new(Client::new(&addr, "test"));
    let status = client
        .list_settings(ListSettingsRequest::default())
        .await
        .expect_err("nobody");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), format!("nothing answers at {addr}"));
}

#[tokio::test]
async fn a_call_without_an_answer_ends_at_its_deadline() {
    let (listener, addr) = bind("127.0.0.1:0").await;
    let _server = serve(listener, &Notes::default());
    let status = settings(&addr)
        .get_setting(GetSettingRequest::default())
        .await
        .expect_err("no answer");
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn failures_arrive_as_they_were_said() {
    let (listener, addr) = bind("127.0.0.1:0").await;
    let _server = serve(listener, &Notes::default());
    let refused = settings(&addr)
        .set_setting(SetSettingRequest::default())
        .await
        .expect_err("refused");
    assert_eq!(
        proto::status::violations(&refused),
        [("key".to_owned(), "is required".to_owned())]
    );
    let absent = settings(&addr)
        .delete_setting(DeleteSettingRequest::default())
        .await
        .expect_err("absent");
    assert_eq!(
        (absent.code(), absent.message()),
        (Code::NotFound, "no setting `x`")
    );
}

#[tokio::test]
async fn actor_and_trace_travel_with_a_call() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    opentelemetry::global::set_text_map_propagator(
        opentelemetry_sdk::propagation::TraceContextPropagator::new(),
    );
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let (listener, addr) = bind("127.0.0.1:0").await;
    let notes = Notes::default();
    let _server = serve(listener, &notes);
    for _ in 0..2 {
        let span = tracing::info_span!("page");
        settings(&addr)
            .list_settings(ListSettingsRequest::default())
            .instrument(span)
            .await
            .expect("answered");
    }
    let notes = notes.0.lock().expect("notes").clone();
    let traces: Vec<_> = notes
        .iter()
        .map(|(_, trace)| trace.split('-').nth(1).expect("a trace id"))
        .collect();
    assert_eq!(notes[0].0, "test");
    assert_eq!(traces[0].len(), 32);
    assert_ne!(traces[0], traces[1], "each request is its own trace");
}

#[tokio::test]
async fn health_and_both_reflections_answer_and_probe_sees_the_end() {
    let (listener, addr) = bind("127.0.0.1:0").await;
    let server = serve(listener, &Notes::default());
    probe(addr.clone()).await.expect("healthy");

    let ask = v1::ServerReflectionRequest {
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
        ..v1::ServerReflectionRequest::default()
    };
    let mut answers =
        v1::server_reflection_client::ServerReflectionClient::new(Client::new(&addr, "test"))
            .server_reflection_info(futures::stream::iter([ask]))
            .await
            .expect("reflection v1")
            .into_inner();
    let answer = format!("{:?}", answers.message().await.expect("an answer"));
    assert!(
        answer.contains("grpc.health.v1.Health") && answer.contains("SettingService"),
        "{answer}"
    );
    assert!(
        !answer.contains("ChatService"),
        "that one is not here: {answer}"
    );

    let ask = v1alpha::ServerReflectionRequest {
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
        ..v1alpha::ServerReflectionRequest::default()
    };
    let mut answers =
        v1alpha::server_reflection_client::ServerReflectionClient::new(Client::new(&addr, "test"))
            .server_reflection_info(futures::stream::iter([ask]))
            .await
            .expect("reflection v1alpha")
            .into_inner();
    assert!(answers.message().await.expect("an answer").is_some());

    drop((answers, server));
    while probe(addr.clone()).await.is_ok() {}
}
