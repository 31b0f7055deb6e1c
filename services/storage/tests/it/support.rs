//! A running storage, and short ways to what every test needs of it.
use std::sync::Arc;

use proto::storage::{
    self as pb, change_service_client::ChangeServiceClient,
    message_service_client::MessageServiceClient, pipeline_service_client::PipelineServiceClient,
    profile_service_client::ProfileServiceClient, setting_service_client::SettingServiceClient,
    task_service_client::TaskServiceClient, watch_changes_response::Event,
};
use runtime::{addr::Addr, grpc::Client};
use storage::Config;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Response, Status, Streaming};

pub(crate) struct Storage {
    pub(crate) addr: Addr,
    dir: Arc<TempDir>,
    shutdown: CancellationToken,
    serving: JoinHandle<Result<(), storage::Error>>,
}

impl Storage {
    pub(crate) async fn start() -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().expect("dir"))).await
    }

    async fn start_in(dir: Arc<TempDir>) -> Self {
        let free: Addr = "127.0.0.1:0".parse().expect("address");
        let listener = free.bind().await.expect("bound");
        let addr = listener.addr().expect("address");
        let config = Config {
            database: dir.path().join("test.db"),
        };
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(storage::serve(config, listener, shutdown.clone()));
        Self {
            addr,
            dir,
            shutdown,
            serving,
        }
    }

    /// Stops it, and waits until it has.
    pub(crate) async fn stop(self) -> Arc<TempDir> {
        self.shutdown.cancel();
        self.serving.await.expect("ran").expect("stopped well");
        self.dir
    }

    pub(crate) async fn restart(self) -> Self {
        Self::start_in(self.stop().await).await
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.addr, "test")
    }

    pub(crate) fn profiles(&self) -> ProfileServiceClient<Client> {
        ProfileServiceClient::new(self.client())
    }

    pub(crate) fn tasks(&self) -> TaskServiceClient<Client> {
        TaskServiceClient::new(self.client())
    }

    pub(crate) fn settings(&self) -> SettingServiceClient<Client> {
        SettingServiceClient::new(self.client())
    }

    pub(crate) fn messages(&self) -> MessageServiceClient<Client> {
        MessageServiceClient::new(self.client())
    }

    pub(crate) fn pipelines(&self) -> PipelineServiceClient<Client> {
        PipelineServiceClient::new(self.client()).max_decoding_message_size(64 << 20)
    }

    pub(crate) fn changes(&self) -> ChangeServiceClient<Client> {
        ChangeServiceClient::new(self.client())
    }

    /// Adds a profile of that name.
    pub(crate) async fn profile(&self, name: &str) -> pb::Profile {
        let request = pb::CreateProfileRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let created = self.profiles().create_profile(request).await;
        ok(created).profile.expect("a profile")
    }

    /// Adds a task of that name to a profile.
    pub(crate) async fn task(&self, profile_id: i64, name: &str) -> pb::Task {
        let request = pb::CreateTaskRequest {
            name: name.to_owned(),
            profile_id: Some(profile_id),
        };
        let created = self.tasks().create_task(request).await;
        ok(created).task.expect("a task")
    }

    /// Returns every task in its order.
    pub(crate) async fn all_tasks(&self) -> Vec<pb::Task> {
        let request = pb::ListTasksRequest::default();
        ok(self.tasks().list_tasks(request).await).tasks
    }

    pub(crate) async fn set(&self, key: &str, value: &str) -> i64 {
        let request = pb::SetSettingRequest {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        ok(self.settings().set_setting(request).await).change_group
    }

    /// Returns the number of the last change.
    pub(crate) async fn head(&self) -> i64 {
        let request = pb::ListChangesRequest::default();
        ok(self.changes().list_changes(request).await).head
    }

    pub(crate) async fn watch(&self, after: Option<i64>) -> Streaming<pb::WatchChangesResponse> {
        let request = pb::WatchChangesRequest { after };
        ok(self.changes().watch_changes(request).await)
    }

    pub(crate) async fn undo(&self, group: i64) -> Result<pb::UndoChangesResponse, Status> {
        let request = pb::UndoChangesRequest { group: Some(group) };
        let undone = self.changes().undo_changes(request).await;
        undone.map(Response::into_inner)
    }
}

/// Returns the answer of a call that must succeed.
pub(crate) fn ok<T>(answer: Result<Response<T>, Status>) -> T {
    answer.expect("an answer").into_inner()
}

/// Returns code and sentence of a call that must fail.
pub(crate) fn refused<T>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.err().expect("a refusal");
    (status.code(), status.message().to_owned())
}

/// Returns the fields that a call must have been refused for.
pub(crate) fn wrong_fields<T>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.err().expect("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let violations = proto::status::violations(&status);
    violations.into_iter().map(|(field, _)| field).collect()
}

/// Waits for the next event of a watcher.
pub(crate) async fn event(stream: &mut Streaming<pb::WatchChangesResponse>) -> Event {
    let message = stream.message().await.expect("no failure");
    message.and_then(|m| m.event).expect("an event")
}

/// Waits for the next change of a watcher.
pub(crate) async fn change(stream: &mut Streaming<pb::WatchChangesResponse>) -> pb::Change {
    match event(stream).await {
        Event::Change(change) => change,
        Event::Resync(resync) => panic!("a resync to {}", resync.head),
    }
}
