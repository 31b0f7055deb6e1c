//! How the service is spoken to.
mod message;

use proto::workflow::{
    self as pb, GetRunRequest, GetRunResponse, ListRunsRequest, ListRunsResponse,
    ListWorkflowsRequest, ListWorkflowsResponse, StartRunRequest, StartRunResponse,
    SubmitStepRequest, SubmitStepResponse, workflow_service_server::WorkflowService,
};
use tonic::{Request, Response, Status};

use crate::{engine::Engine, error::Error};

/// `WorkflowService` over an engine.
pub(crate) struct Workflows(Engine);

impl Workflows {
    pub(crate) fn new(engine: Engine) -> Self {
        Self(engine)
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl WorkflowService for Workflows {
    async fn list_workflows(
        &self,
        _: Request<ListWorkflowsRequest>,
    ) -> Answer<ListWorkflowsResponse> {
        let entries = self.0.workflows().await?;
        let workflows = entries.iter().map(pb::Workflow::from).collect();
        Ok(Response::new(ListWorkflowsResponse { workflows }))
    }

    async fn start_run(&self, request: Request<StartRunRequest>) -> Answer<StartRunResponse> {
        let StartRunRequest { workflow, url } = request.into_inner();
        required([("workflow", &workflow)])?;
        let (shown, resumed) = self.0.start(&workflow, &url).await?;
        let run = Some(shown.into());
        Ok(Response::new(StartRunResponse { run, resumed }))
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Answer<GetRunResponse> {
        let GetRunRequest { workflow, url } = request.into_inner();
        required([("workflow", &workflow), ("url", &url)])?;
        let run = Some(self.0.get(&workflow, &url).await?.into());
        Ok(Response::new(GetRunResponse { run }))
    }

    async fn list_runs(&self, request: Request<ListRunsRequest>) -> Answer<ListRunsResponse> {
        let ListRunsRequest {
            workflow,
            page_size,
            page_token,
        } = request.into_inner();
        let (shown, next_page_token) = self.0.list(&workflow, page_size, &page_token).await?;
        let runs = shown.into_iter().map(pb::Run::from).collect();
        Ok(Response::new(ListRunsResponse {
            runs,
            next_page_token,
        }))
    }

    async fn submit_step(&self, request: Request<SubmitStepRequest>) -> Answer<SubmitStepResponse> {
        let SubmitStepRequest {
            workflow,
            url,
            step_id,
            values,
        } = request.into_inner();
        required([
            ("workflow", &workflow),
            ("url", &url),
            ("step_id", &step_id),
        ])?;
        let values = proto::json::of_struct(values.unwrap_or_default())
            .ok_or_else(|| Error::field("values", "holds a number that JSON does not have"))?;
        let shown = self.0.submit(&workflow, &url, &step_id, &values).await?;
        let run = Some(shown.into());
        Ok(Response::new(SubmitStepResponse { run }))
    }
}

fn required<const N: usize>(fields: [(&str, &String); N]) -> Result<(), Status> {
    let absent: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(name, _)| (name, "is required"))
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    Err(proto::status::invalid(absent))
}
