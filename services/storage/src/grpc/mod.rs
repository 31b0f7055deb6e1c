//! How storage is spoken to: each method decodes its request, calls one function, and encodes what it returns.
mod action;
mod change;
mod import;
mod message;
mod pipeline;
mod profile;
mod setting;
mod stored;
mod task;

use proto::storage::{
    change_service_server::ChangeServiceServer, message_service_server::MessageServiceServer,
    pipeline_service_server::PipelineServiceServer, profile_service_server::ProfileServiceServer,
    setting_service_server::SettingServiceServer, task_service_server::TaskServiceServer,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::{db::Db, error::Error, fields::Fields};

/// Largest request that carries a workflow run: its data, and room for the other fields.
const PIPELINE_BYTES: usize = (4 << 20) + (64 << 10);

type Answer<T> = Result<Response<T>, Status>;

/// Returns the server of every service; streams end when `shutdown` fires.
pub(crate) fn server(db: &Db, shutdown: &CancellationToken) -> runtime::grpc::Server {
    let changes = change::Service::new(db.clone(), shutdown.clone());
    let pipelines = PipelineServiceServer::new(pipeline::Service(db.clone()))
        .max_decoding_message_size(PIPELINE_BYTES);
    runtime::grpc::Server::new()
        .with(ProfileServiceServer::new(profile::Service(db.clone())))
        .with(TaskServiceServer::new(task::Service(db.clone())))
        .with(SettingServiceServer::new(setting::Service(db.clone())))
        .with(MessageServiceServer::new(message::Service(db.clone())))
        .with(pipelines)
        .with(ChangeServiceServer::new(changes))
}

/// Takes a call apart: who acts, and what is asked.
fn taken<T>(request: Request<T>) -> (String, T) {
    let actor = runtime::grpc::actor(request.metadata()).to_owned();
    (actor, request.into_inner())
}

/// Takes a request's `id`, where that is all there is to check.
fn id(id: Option<i64>) -> Result<i64, Error> {
    let mut fields = Fields::default();
    let id = fields.required("id", id);
    fields.done().map(|()| id)
}
