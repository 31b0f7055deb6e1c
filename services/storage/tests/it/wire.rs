//! What every service of this process answers, whatever it does.
use std::collections::BTreeSet;

use http::uri::PathAndQuery;
use proto::storage as pb;
use tonic::{Code, Request, client::Grpc};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::{v1, v1alpha};

use crate::support::{Storage, ok, refused};

const SERVICES: [&str; 6] = [
    "Change", "Message", "Pipeline", "Profile", "Setting", "Task",
];

fn full_names() -> BTreeSet<String> {
    SERVICES
        .iter()
        .map(|name| format!("botiferrous.storage.v1.{name}Service"))
        .collect()
}

#[tokio::test]
async fn bytes_that_are_no_request_are_the_callers_fault() {
    let storage = Storage::start().await;
    let mut grpc = Grpc::new(storage.client());
    // A number where the method takes a text.
    let request = Request::new(pb::GetTaskRequest { id: Some(1) });
    let path = PathAndQuery::from_static("/botiferrous.storage.v1.TaskService/CreateTask");
    let codec = ProstCodec::<pb::GetTaskRequest, pb::CreateTaskResponse>::default();
    let (code, sentence) = refused(grpc.unary(request, path, codec).await);
    assert_eq!(code, Code::InvalidArgument);
    assert!(sentence.starts_with("malformed message"), "{sentence}");
    assert_eq!(storage.head().await, 0);
}

#[tokio::test]
async fn it_is_healthy_overall_and_per_service() {
    let storage = Storage::start().await;
    for service in full_names().into_iter().chain([String::new()]) {
        let request = HealthCheckRequest { service };
        let answer = ok(HealthClient::new(storage.client()).check(request).await);
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    runtime::grpc::probe(storage.addr.clone())
        .await
        .expect("healthy");
}

#[tokio::test]
async fn reflection_lists_every_service() {
    use v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let storage = Storage::start().await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(storage.client());
    let asked = tokio_stream::once(request);
    let mut answers = ok(client.server_reflection_info(asked).await);
    let answer = answers.message().await.expect("answered").expect("one");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list");
    };
    let listed: BTreeSet<_> = list.service.into_iter().map(|s| s.name).collect();
    assert!(listed.is_superset(&full_names()), "{listed:?}");
}

#[tokio::test]
async fn reflection_lists_every_service_to_older_clients_too() {
    use v1alpha::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let storage = Storage::start().await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(storage.client());
    let asked = tokio_stream::once(request);
    let mut answers = ok(client.server_reflection_info(asked).await);
    let answer = answers.message().await.expect("answered").expect("one");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list");
    };
    let listed: BTreeSet<_> = list.service.into_iter().map(|s| s.name).collect();
    assert!(listed.is_superset(&full_names()), "{listed:?}");
}
