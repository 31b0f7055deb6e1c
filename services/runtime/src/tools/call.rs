//! Calling a tool with JSON: a unary call is a stream of one, so one loop serves both.
use std::{collections::HashMap, time::Duration};

use futures::{StreamExt as _, stream::BoxStream};
use http::uri::PathAndQuery;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::Value as Json;
use tokio::time::{Instant, timeout_at};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::{Catalog, Tool, json};
use crate::{env::Services, grpc::Client};

/// Bytes of one answer, at most.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Answers of a call as they come: progress first, the result last.
pub type Answers = BoxStream<'static, Result<Json, Status>>;

/// Calls tools by name.
#[derive(Clone, Debug)]
pub struct Tools {
    catalog: Catalog,
    clients: HashMap<String, Client>,
}

impl Tools {
    /// Prepares calls to the services' tools on behalf of `actor`.
    pub fn new(services: &Services, actor: &'static str) -> Self {
        let catalog = Catalog::built_in();
        let clients = catalog
            .iter()
            .map(|tool| tool.method.parent_service().package_name().to_owned())
            .filter_map(|package| {
                let client = Client::new(services.of_package(&package)?, actor);
                Some((package, client))
            })
            .collect();
        Self { catalog, clients }
    }

    /// Returns what can be called.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Calls a tool. The whole of it, streams included, ends with DEADLINE_EXCEEDED after `limit`. Dropping the answers
    /// cancels the call.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with the fields when `request` is not the method's request; UNIMPLEMENTED when nothing here
    /// serves the method; otherwise what the service says.
    pub async fn call(
        &self,
        tool: &Tool,
        request: &Json,
        limit: Duration,
    ) -> Result<Answers, Status> {
        let request = json::read(&tool.method.input(), request).map_err(|invalid| {
            proto::status::invalid(invalid.into_iter().map(|i| (i.path, i.reason)))
        })?;
        let package = tool.method.parent_service().package_name().to_owned();
        let client = self
            .clients
            .get(&package)
            .ok_or_else(|| Status::unimplemented(format!("no service here holds {package}")))?
            .clone()
            .with_deadline(limit);
        stream(client, &tool.method, request, Instant::now() + limit).await
    }
}

async fn stream(
    client: Client,
    method: &MethodDescriptor,
    request: DynamicMessage,
    deadline: Instant,
) -> Result<Answers, Status> {
    if method.is_client_streaming() {
        return Err(Status::unimplemented(
            "methods that take a stream can not be called as tools",
        ));
    }
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = PathAndQuery::try_from(path)
        .map_err(|_| Status::internal("the contract names a method that is no path"))?;
    let mut grpc = Grpc::new(client).max_decoding_message_size(LARGEST_ANSWER);
    let answers = grpc
        .server_streaming(Request::new(request), path, DynamicCodec(method.output()))
        .await?
        .into_inner();
    // The header's deadline does not cut a stream that has begun, so each message is awaited under ours.
    Ok(
        futures::stream::try_unfold(answers, move |mut answers| async move {
            let message = timeout_at(deadline, answers.message())
                .await
                .map_err(|_| {
                    Status::deadline_exceeded("the call took too long and was stopped")
                })??;
            Ok(message.map(|message| (json::write(&message), answers)))
        })
        .boxed(),
    )
}

/// Encodes and decodes messages by descriptor.
struct DynamicCodec(MessageDescriptor);

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> DynamicEncoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> DynamicDecoder {
        DynamicDecoder(self.0.clone())
    }
}

struct DynamicEncoder;

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(
        &mut self,
        message: DynamicMessage,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        prost::Message::encode(&message, buffer).map_err(|e| Status::internal(e.to_string()))
    }
}

struct DynamicDecoder(MessageDescriptor);

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        DynamicMessage::decode(self.0.clone(), buffer)
            .map(Some)
            .map_err(|e| Status::internal(format!("the answer is malformed: {e}")))
    }
}
