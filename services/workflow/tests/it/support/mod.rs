//! A house with the real workflow service and stand-ins for its neighbours.
mod chat;
mod storage;

use std::{collections::BTreeMap, time::Duration};

use prost_types::{Struct, Value, value::Kind};
use proto::workflow::{
    GetRunRequest, ListWorkflowsRequest, Run, RunStep, StartRunRequest, StepState,
    SubmitStepRequest, Workflow, workflow_service_client::WorkflowServiceClient,
};
use runtime::{
    addr::{Addr, Listener},
    env::Services,
    grpc::{Client, Server},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;

pub(crate) use self::{
    chat::{FakeChat, Reply},
    storage::FakeStorage,
};

/// Longer than anything here takes; a test that waits so long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct House {
    pub(crate) storage: FakeStorage,
    pub(crate) chat: FakeChat,
    pub(crate) home: TempDir,
    pub(crate) client: WorkflowServiceClient<Client>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl House {
    pub(crate) async fn start() -> Self {
        Self::around(FakeStorage::default()).await
    }

    /// Starts a house around what storage holds already.
    pub(crate) async fn around(storage: FakeStorage) -> Self {
        let addr = storage.serve(free().await).await;
        Self::with_storage_at(storage, addr).await
    }

    /// Starts a house whose storage is, or will be, at an address.
    pub(crate) async fn with_storage_at(storage: FakeStorage, addr: Addr) -> Self {
        let chat = FakeChat::default();
        let home = tempfile::tempdir().expect("home");
        let nobody: Addr = "127.0.0.1:1".parse().expect("address");
        let config = workflow::Config {
            folder: home.path().join("workflows"),
            services: Services {
                storage: addr,
                chat: chat.serve(free().await).await,
                botify: nobody.clone(),
                workflow: nobody,
            },
        };
        let listener = free().await;
        let addr = listener.addr().expect("bound");
        let stop = CancellationToken::new();
        let work = workflow::serve(config, listener, stop.clone());
        Self {
            storage,
            chat,
            home,
            client: WorkflowServiceClient::new(Client::new(&addr, "page")),
            stop,
            served: tokio::spawn(async move { work.await.expect("served") }),
        }
    }

    /// Stops the service and waits for its end.
    pub(crate) async fn stop(self) -> FakeStorage {
        self.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(5), self.served).await;
        ended.expect("stopped within 5 s").expect("no panic");
        self.storage
    }

    pub(crate) async fn start_run(&self, url: &str) -> Result<(Run, bool), Status> {
        let request = StartRunRequest {
            workflow: "hello".to_owned(),
            url: url.to_owned(),
        };
        let answer = self.client.clone().start_run(request).await?.into_inner();
        Ok((answer.run.expect("run"), answer.resumed))
    }

    pub(crate) async fn run(&self, url: &str) -> Result<Run, Status> {
        let request = GetRunRequest {
            workflow: "hello".to_owned(),
            url: url.to_owned(),
        };
        let answer = self.client.clone().get_run(request).await?;
        Ok(answer.into_inner().run.expect("run"))
    }

    pub(crate) async fn submit(
        &self,
        url: &str,
        step: &str,
        given: &[(&str, &str)],
    ) -> Result<Run, Status> {
        let request = SubmitStepRequest {
            workflow: "hello".to_owned(),
            url: url.to_owned(),
            step_id: step.to_owned(),
            values: Some(values(given)),
        };
        let answer = self.client.clone().submit_step(request).await?;
        Ok(answer.into_inner().run.expect("run"))
    }

    /// Starts a run of `hello` and fills in everything but the greeting.
    pub(crate) async fn ready_to_greet(&self, url: &str) {
        self.start_run(url).await.expect("start");
        for (step, field, value) in [
            ("step_01", "name", "Ann"),
            ("step_02", "work", "links"),
            ("step_03", "mood", "calm"),
        ] {
            let submitted = self.submit(url, step, &[(field, value)]).await;
            submitted.expect(step);
        }
    }

    /// Waits until a step is in a state; looks again whenever storage changed.
    pub(crate) async fn until(&self, url: &str, step: usize, state: StepState) -> Run {
        let mut changes = self.storage.changes();
        let reached = async {
            loop {
                let run = self.run(url).await.expect("run");
                if states(&run)[step - 1] == state {
                    return run;
                }
                changes.changed().await.expect("storage is there");
            }
        };
        let reached = tokio::time::timeout(LONG, reached).await;
        reached.unwrap_or_else(|_| panic!("step {step} never got {state:?}"))
    }

    pub(crate) async fn workflows(&self) -> Vec<Workflow> {
        let mut client = self.client.clone();
        let answer = client.list_workflows(ListWorkflowsRequest {}).await;
        answer.expect("list").into_inner().workflows
    }

    /// Puts a file into the user's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let folder = self.home.path().join("workflows");
        std::fs::create_dir_all(&folder).expect("folder");
        std::fs::write(folder.join(name), text).expect("write");
    }
}

pub(crate) fn states(run: &Run) -> Vec<StepState> {
    run.steps.iter().map(RunStep::state).collect()
}

pub(crate) fn values(given: &[(&str, &str)]) -> Struct {
    let value = |text: &str| Value {
        kind: Some(Kind::StringValue(text.to_owned())),
    };
    let fields = given
        .iter()
        .map(|(name, text)| ((*name).to_owned(), value(text)));
    Struct {
        fields: fields.collect::<BTreeMap<_, _>>(),
    }
}

pub(crate) async fn free() -> Listener {
    let any: Addr = "127.0.0.1:0".parse().expect("address");
    any.bind().await.expect("free port")
}

fn serve_forever(server: Server, listener: Listener) -> Addr {
    let addr = listener.addr().expect("bound");
    tokio::spawn(server.serve(listener, CancellationToken::new()));
    addr
}
