//! Chat as a script: each question takes the next reply.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures::{StreamExt as _, stream, stream::BoxStream};
use proto::chat::{
    self as pb, ConverseRequest, ConverseResponse, Delta, DescribeContextRequest,
    DescribeContextResponse, EnterAppRequest, EnterAppResponse, Finished, ListModelsRequest,
    ListModelsResponse, Started,
    chat_service_server::{ChatService, ChatServiceServer},
    converse_response::Event,
};
use proto::storage::MessageState;
use runtime::{
    addr::{Addr, Listener},
    grpc::Server,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// What the model does.
pub(crate) enum Reply {
    Say(&'static str),
    Fail(Status),
    /// Begins and never ends.
    Hang,
}

#[derive(Clone, Default)]
pub(crate) struct FakeChat(Arc<Inner>);

#[derive(Default)]
struct Inner {
    script: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<ConverseRequest>>,
    /// Calls that began, and calls that were dropped before their end.
    began: watch::Sender<usize>,
    dropped: watch::Sender<usize>,
}

impl FakeChat {
    pub(super) async fn serve(&self, listener: Listener) -> Addr {
        let server = Server::new().with(ChatServiceServer::new(self.clone()));
        super::serve_forever(server, listener)
    }

    pub(crate) fn will(&self, reply: Reply) {
        self.0.script.lock().expect("script").push_back(reply);
    }

    pub(crate) fn asked(&self) -> Vec<ConverseRequest> {
        self.0.asked.lock().expect("asked").clone()
    }

    pub(crate) async fn until_asked(&self) {
        reached(&self.0.began).await;
    }

    pub(crate) async fn until_dropped(&self) {
        reached(&self.0.dropped).await;
    }
}

async fn reached(count: &watch::Sender<usize>) {
    let mut count = count.subscribe();
    let waited = tokio::time::timeout(super::LONG, count.wait_for(|n| *n > 0)).await;
    waited.expect("in time").expect("chat is there");
}

struct Dropped(Arc<Inner>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.dropped.send_modify(|n| *n += 1);
    }
}

fn piece(event: Event) -> Result<ConverseResponse, Status> {
    Ok(ConverseResponse { event: Some(event) })
}

fn said(text: &str) -> Vec<Result<ConverseResponse, Status>> {
    vec![
        piece(Event::Started(Started::default())),
        piece(Event::Delta(Delta {
            text: text.to_owned(),
            ..Delta::default()
        })),
        piece(Event::Finished(Finished {
            text: text.to_owned(),
            state: MessageState::Done.into(),
            usage: None,
        })),
    ]
}

#[tonic::async_trait]
impl ChatService for FakeChat {
    type ConverseStream = BoxStream<'static, Result<ConverseResponse, Status>>;
    type RegenerateStream = BoxStream<'static, Result<pb::RegenerateResponse, Status>>;
    type PullModelStream = BoxStream<'static, Result<pb::PullModelResponse, Status>>;

    async fn converse(
        &self,
        request: Request<ConverseRequest>,
    ) -> Result<Response<Self::ConverseStream>, Status> {
        self.0
            .asked
            .lock()
            .expect("asked")
            .push(request.into_inner());
        self.0.began.send_modify(|n| *n += 1);
        let reply = self.0.script.lock().expect("script").pop_front();
        let pieces = match reply.unwrap_or(Reply::Say("Hello!")) {
            Reply::Fail(status) => return Err(status),
            Reply::Say(text) => stream::iter(said(text)).boxed(),
            Reply::Hang => {
                let guard = Dropped(self.0.clone());
                let begun = stream::iter([piece(Event::Started(Started::default()))]);
                let endless = stream::pending().map(move |piece| {
                    let _held = &guard;
                    piece
                });
                begun.chain(endless).boxed()
            }
        };
        Ok(Response::new(pieces))
    }

    async fn list_models(
        &self,
        _: Request<ListModelsRequest>,
    ) -> Result<Response<ListModelsResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn describe_context(
        &self,
        _: Request<DescribeContextRequest>,
    ) -> Result<Response<DescribeContextResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn enter_app(
        &self,
        _: Request<EnterAppRequest>,
    ) -> Result<Response<EnterAppResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn decide_action(
        &self,
        _: Request<pb::DecideActionRequest>,
    ) -> Result<Response<pb::DecideActionResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn run_action(
        &self,
        _: Request<pb::RunActionRequest>,
    ) -> Result<Response<pb::RunActionResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn list_tools(
        &self,
        _: Request<pb::ListToolsRequest>,
    ) -> Result<Response<pb::ListToolsResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn set_policy(
        &self,
        _: Request<pb::SetPolicyRequest>,
    ) -> Result<Response<pb::SetPolicyResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn regenerate(
        &self,
        _: Request<pb::RegenerateRequest>,
    ) -> Result<Response<Self::RegenerateStream>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn pull_model(
        &self,
        _: Request<pb::PullModelRequest>,
    ) -> Result<Response<Self::PullModelStream>, Status> {
        Err(Status::unimplemented("not needed here"))
    }
}
