//! What workflows and their runs look like.
use std::collections::BTreeMap;

use maud::{Markup, html};
use proto::workflow::{Run, RunStep, StepState, Workflow};

use super::APP;
use crate::ui::{self, markdown, widget};

/// What a form sent, by field.
pub(super) type Values = BTreeMap<String, String>;

/// A submit that was refused.
pub(super) struct Refused {
    pub(super) step_id: String,
    pub(super) values: Values,
    pub(super) fields: Vec<(String, String)>,
}

pub(super) fn href(run: &Run) -> String {
    format!("/workflow/{}/{}", run.workflow, run.url)
}

pub(super) fn overview(workflows: &[Workflow]) -> Markup {
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

pub(super) fn landing_view(workflow: &Workflow, runs: &[Run], refused: &str) -> Markup {
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

pub(super) fn run_list(name: &str, runs: &[Run]) -> Markup {
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

pub(super) fn run_view(title: &str, run: &Run, refused: Option<&Refused>) -> Markup {
    html! {
        p.quiet { a href={ "/workflow/" (run.workflow) } { "← " (title) } }
        h1 { (run.url) }
        (chain(run, refused))
    }
}

pub(super) fn chain(run: &Run, refused: Option<&Refused>) -> Markup {
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
