//! Workflows: runs of step-by-step files, found again by their key from any browser at any time.
mod view;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use proto::workflow::{
    GetRunRequest, ListRunsRequest, ListWorkflowsRequest, Run, StartRunRequest, SubmitStepRequest,
    Workflow,
};
use serde::Deserialize;

use super::App;
use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Ask, Input, Page},
};

/// The workflows.
pub const APP: App = App {
    slug: "workflow",
    title: "Workflows",
    icon: "☰",
    about: "Step-by-step work that can be left and taken up again at any time.",
    routes,
};

fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/workflow", get(show))
        .route("/workflow/{name}", get(landing).post(start))
        .route("/workflow/{name}/runs", get(runs))
        .route("/workflow/{name}/{url}", get(run))
        .route("/workflow/{name}/{url}/steps", get(steps))
        .route("/workflow/{name}/{url}/{step}", post(submit))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let workflows = workflows(&page, &gateway).await?;
    page.show(APP.title, view::overview(&workflows)).await
}

async fn landing(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let workflow = workflow(&page, &gateway, &name).await?;
    let runs = list(&page, &gateway, &name).await?;
    page.show(&workflow.title, view::landing_view(&workflow, &runs, ""))
        .await
}

async fn runs(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
) -> Result<Markup, Failure> {
    Ok(view::run_list(&name, &list(&page, &gateway, &name).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    #[serde(default)]
    url: String,
}

/// Goes to the run under the key, new or not.
async fn start(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    Input(key): Input<Key>,
) -> Result<Response, Failure> {
    let request = StartRunRequest {
        workflow: name.clone(),
        url: key.url.trim().to_owned(),
    };
    match gateway.clients.workflows.clone().start_run(request).await {
        Ok(answer) => {
            let run = answer.into_inner().run.unwrap_or_default();
            Ok(Redirect::to(&view::href(&run)).into_response())
        }
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                let workflow = workflow(&page, &gateway, &name).await?;
                Ok(view::landing_view(
                    &workflow,
                    &list(&page, &gateway, &name).await?,
                    why,
                ))
            })
            .await
        }
    }
}

async fn run(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path((name, url)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let run = read(&page, &gateway, name, url).await?;
    let title = workflow(&page, &gateway, &run.workflow)
        .await
        .map_or(APP.title.to_owned(), |w| w.title);
    page.show(&title, view::run_view(&title, &run, None)).await
}

async fn steps(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path((name, url)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    Ok(view::chain(&read(&page, &gateway, name, url).await?, None))
}

async fn submit(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path((workflow, url, step_id)): Path<(String, String, String)>,
    Input(values): Input<view::Values>,
) -> Result<Response, Failure> {
    let fields = values
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let request = SubmitStepRequest {
        workflow: workflow.clone(),
        url: url.clone(),
        step_id: step_id.clone(),
        values: Some(prost_types::Struct { fields }),
    };
    match gateway.clients.workflows.clone().submit_step(request).await {
        Ok(answer) => {
            let run = answer.into_inner().run.unwrap_or_default();
            Ok(page.changed(&view::href(&run), view::chain(&run, None)))
        }
        Err(status) => {
            let error = Error::from(status);
            let fields = error.fields();
            if fields.is_empty() {
                return Err(page.fail(error));
            }
            // The form again, with what was typed and what is wrong with it.
            let run = read(&page, &gateway, workflow, url).await?;
            let refused = view::Refused {
                step_id,
                values,
                fields,
            };
            let status = error.status();
            Ok(match page.ask {
                Ask::Page | Ask::Boost => (
                    status,
                    page.show(APP.title, view::run_view(APP.title, &run, Some(&refused)))
                        .await?,
                )
                    .into_response(),
                _ => (status, view::chain(&run, Some(&refused))).into_response(),
            })
        }
    }
}

async fn workflows(page: &Page, gateway: &Gateway) -> Result<Vec<Workflow>, Failure> {
    let answer = gateway
        .clients
        .workflows
        .clone()
        .list_workflows(ListWorkflowsRequest {})
        .await;
    Ok(answer
        .map_err(|status| page.fail(status))?
        .into_inner()
        .workflows)
}

async fn workflow(page: &Page, gateway: &Gateway, name: &str) -> Result<Workflow, Failure> {
    let found = workflows(page, gateway)
        .await?
        .into_iter()
        .find(|workflow| workflow.name == name);
    found.ok_or_else(|| page.fail(Error::NoPage))
}

async fn list(page: &Page, gateway: &Gateway, name: &str) -> Result<Vec<Run>, Failure> {
    let request = ListRunsRequest {
        workflow: name.to_owned(),
        ..ListRunsRequest::default()
    };
    let answer = gateway.clients.workflows.clone().list_runs(request).await;
    Ok(answer
        .map_err(|status| page.fail(status))?
        .into_inner()
        .runs)
}

async fn read(
    page: &Page,
    gateway: &Gateway,
    workflow: String,
    url: String,
) -> Result<Run, Failure> {
    let answer = gateway
        .clients
        .workflows
        .clone()
        .get_run(GetRunRequest { workflow, url })
        .await;
    Ok(answer
        .map_err(|status| page.fail(status))?
        .into_inner()
        .run
        .unwrap_or_default())
}

fn text(value: &str) -> prost_types::Value {
    prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue(value.to_owned())),
    }
}
