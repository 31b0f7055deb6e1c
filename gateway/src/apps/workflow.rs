//! Workflows: runs of step-by-step files, found again by their key from any browser at any time.
use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::workflow::{
    GetRunRequest, ListRunsRequest, ListWorkflowsRequest, Run, RunStep, StartRunRequest, StepState,
    SubmitStepRequest, Workflow,
};
use serde::Deserialize;

use super::App;
use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Ask, Input, Page},
    ui::{self, markdown, widget},
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
    page.show(APP.title, view(&workflows)).await
}

async fn landing(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let workflow = workflow(&page, &gateway, &name).await?;
    let runs = list(&page, &gateway, &name).await?;
    page.show(&workflow.title, landing_view(&workflow, &runs, ""))
        .await
}

async fn runs(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
) -> Result<Markup, Failure> {
    Ok(run_list(&name, &list(&page, &gateway, &name).await?))
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
            Ok(Redirect::to(&href(&run)).into_response())
        }
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                let workflow = workflow(&page, &gateway, &name).await?;
                Ok(landing_view(
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
    page.show(&title, run_view(&title, &run, None)).await
}

async fn steps(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path((name, url)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    Ok(chain(&read(&page, &gateway, name, url).await?, None))
}

/// What a form sent, by field.
type Values = BTreeMap<String, String>;

async fn submit(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path((workflow, url, step_id)): Path<(String, String, String)>,
    Input(values): Input<Values>,
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
            Ok(page.changed(&href(&run), chain(&run, None)))
        }
        Err(status) => {
            let error = Error::from(status);
            let fields = error.fields();
            if fields.is_empty() {
                return Err(page.fail(error));
            }
            // The form again, with what was typed and what is wrong with it.
            let run = read(&page, &gateway, workflow, url).await?;
            let refused = Refused {
                step_id,
                values,
                fields,
            };
            let status = error.status();
            Ok(match page.ask {
                Ask::Page | Ask::Boost => (
                    status,
                    page.show(APP.title, run_view(APP.title, &run, Some(&refused)))
                        .await?,
                )
                    .into_response(),
                _ => (status, chain(&run, Some(&refused))).into_response(),
            })
        }
    }
}

/// A submit that was refused.
struct Refused {
    step_id: String,
    values: Values,
    fields: Vec<(String, String)>,
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

fn href(run: &Run) -> String {
    format!("/workflow/{}/{}", run.workflow, run.url)
}

fn text(value: &str) -> prost_types::Value {
    prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue(value.to_owned())),
    }
}

fn view(workflows: &[Workflow]) -> Markup {
    html! {
        h1 { (APP.title) }
        div.cards {
            @for workflow in workflows {
                @if workflow.error.is_empty() {
                    a.card href={ "/workflow/" (workflow.name) } {
                        strong { (workflow.title) }
                        span { (workflow.about) }
                        small.quiet { (workflow.steps.len()) " steps" }
                    }
                } @else {
                    div.card {
                        strong { (workflow.name) }
                        span.error role="alert" { "This file can not be used: " (workflow.error) }
                    }
                }
            }
        }
        p.quiet { "A workflow is a file in the folder " code { "workflows" } " of your data folder; drop one in and it appears here." }
    }
}

fn landing_view(workflow: &Workflow, runs: &[Run], refused: &str) -> Markup {
    let action = format!("/workflow/{}", workflow.name);
    html! {
        h1 { (workflow.title) }
        p { (workflow.about) }
        @if !workflow.error.is_empty() { p.error role="alert" { (workflow.error) } }
        form #start .add action=(action) method="post" hx-status:422="target:#start-error select:span swap:innerHTML" {
            input #url name="url" list="keys" aria-label="Key of the run" aria-describedby="start-error" autocomplete="off" maxlength="100"
                placeholder="a key, or empty for the next free one" autofocus;
            datalist #keys { @for run in runs { option value=(run.url) {} } }
            button { "Start or resume" }
            small #start-error .error role="alert" { (refused) }
        }
        (run_list(&workflow.name, runs))
    }
}

fn run_list(name: &str, runs: &[Run]) -> Markup {
    let body = html! {
        @if runs.is_empty() {
            (ui::empty("No runs yet. Start one: you can leave it at any step and come back later, from any browser."))
        } @else {
            table {
                thead { tr { th { "Run" } th { "Where it stands" } th { "Changed" } } }
                tbody {
                    @for run in runs {
                        tr {
                            td { a href=(href(run)) { (run.url) } }
                            td { (standing(run)) }
                            td { (when(run)) }
                        }
                    }
                }
            }
        }
    };
    ui::live(
        "runs",
        &["pipeline"],
        &format!("/workflow/{name}/runs"),
        &body,
    )
}

fn standing(run: &Run) -> String {
    if run.complete {
        return "complete".to_owned();
    }
    let done = run
        .steps
        .iter()
        .filter(|step| step.state() == StepState::Done)
        .count();
    let now = run
        .steps
        .iter()
        .find(|step| step.state() != StepState::Done);
    let title = now
        .and_then(|step| step.step.as_ref())
        .map_or("", |step| &step.title);
    format!("{done} of {} done, next: {title}", run.steps.len())
}

fn when(run: &Run) -> String {
    let text = run
        .updated
        .as_ref()
        .and_then(proto::time::from_wire)
        .unwrap_or_default();
    text.get(..16).unwrap_or_default().replace('T', " ")
}

fn run_view(title: &str, run: &Run, refused: Option<&Refused>) -> Markup {
    html! {
        p.quiet { a href={ "/workflow/" (run.workflow) } { "← " (title) } }
        h1 { (run.url) }
        (chain(run, refused))
    }
}

fn chain(run: &Run, refused: Option<&Refused>) -> Markup {
    let body = html! {
        ol.steps {
            @for step in &run.steps { (card(run, step, refused)) }
        }
        @if run.complete { p #complete role="status" { "Every step is done." } }
    };
    ui::live(
        "steps",
        &["pipeline"],
        &format!("{}/steps", href(run)),
        &body,
    )
}

fn card(run: &Run, run_step: &RunStep, refused: Option<&Refused>) -> Markup {
    let step = run_step.step.clone().unwrap_or_default();
    let (class, word) = match run_step.state() {
        StepState::Done => ("done", "done"),
        StepState::Open => ("open", "your turn"),
        StepState::Running => ("running", "running…"),
        StepState::Failed => ("failed", "failed"),
        StepState::Locked | StepState::Unspecified => ("locked", "later"),
    };
    html! {
        li id=(step.id) class=(class) aria-busy=[(class == "running").then_some("true")] {
            header { strong { (step.title) } span.state { (word) } }
            @if !step.about.is_empty() && class != "done" { p { (step.about) } }
            @match run_step.state() {
                StepState::Open | StepState::Failed => (form(run, run_step, refused)),
                StepState::Done | StepState::Running => (filled(run_step)),
                _ => {}
            }
        }
    }
}

fn form(run: &Run, run_step: &RunStep, refused: Option<&Refused>) -> Markup {
    let step = run_step.step.clone().unwrap_or_default();
    let action = format!("{}/{}", href(run), step.id);
    let refused = refused.filter(|refused| refused.step_id == step.id);
    html! {
        @if !run_step.error.is_empty() { p.error role="alert" { (run_step.error) } }
        form action=(action) method="post" hx-post=(action) hx-target="#steps" hx-swap="outerMorph" hx-status:422="target:#steps swap:outerMorph" {
            @for field in &step.fields {
                @let id = format!("{}-{}", step.id, field.name);
                @let typed = refused.and_then(|refused| refused.values.get(&field.name)).cloned();
                @let value = typed.or_else(|| value_of(run_step, &field.name)).unwrap_or_else(|| field.default.clone());
                div.field {
                    (widget::field(&id, field, &value))
                    @for (_, reason) in refused.iter().flat_map(|refused| &refused.fields).filter(|(name, _)| name.trim_start_matches("values.") == field.name) {
                        small.error role="alert" { (field.label) " " (reason) "." }
                    }
                }
            }
            @let left = refused.iter().flat_map(|refused| &refused.fields).filter(|(name, _)| !step.fields.iter().any(|f| f.name == name.trim_start_matches("values.")));
            @for (name, reason) in left { small.error role="alert" { (name) " " (reason) "." } }
            button { @if run_step.state() == StepState::Failed { "Try again" } @else if step.call.is_empty() { "Next" } @else { "Run" } }
        }
    }
}

fn filled(run_step: &RunStep) -> Markup {
    let step = run_step.step.clone().unwrap_or_default();
    html! {
        @if !step.fields.is_empty() {
            dl {
                @for field in &step.fields {
                    @if let Some(value) = value_of(run_step, &field.name) {
                        dt { (field.label) } dd { (value) }
                    }
                }
            }
        }
        @if !run_step.summary.is_empty() {
            div.summary hx-ignore { (maud::PreEscaped(markdown::render(&run_step.summary))) }
        }
    }
}

fn value_of(run_step: &RunStep, name: &str) -> Option<String> {
    use prost_types::value::Kind;
    match run_step.values.as_ref()?.fields.get(name)?.kind.as_ref()? {
        Kind::StringValue(text) => Some(text.clone()),
        Kind::NumberValue(number) => Some(number.to_string()),
        Kind::BoolValue(flag) => Some(flag.to_string()),
        _ => None,
    }
}
