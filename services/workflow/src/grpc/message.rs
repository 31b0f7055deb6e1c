//! Our words in those of the contract.
use proto::workflow as pb;

use serde_json::{Map, Value};

use crate::{
    engine::Shown,
    library::Entry,
    run::{Attempt, Record, State},
    step::{Call, Field, Kind, Step},
    template,
};

impl From<&Entry> for pb::Workflow {
    fn from(entry: &Entry) -> Self {
        let (about, steps, error) = match &entry.workflow {
            Ok(workflow) => (
                workflow.about.clone(),
                workflow.steps.iter().map(pb::Step::from).collect(),
                String::new(),
            ),
            Err(reason) => (String::new(), Vec::new(), reason.clone()),
        };
        Self {
            name: entry.name.clone(),
            title: entry.title().to_owned(),
            about,
            steps,
            error,
        }
    }
}

impl From<&Step> for pb::Step {
    fn from(step: &Step) -> Self {
        Self {
            id: step.id.clone(),
            title: step.title.clone(),
            about: step.about.clone(),
            fields: step.fields.iter().map(pb::Field::from).collect(),
            call: step.call.as_ref().map(Call::method).unwrap_or_default(),
        }
    }
}

impl From<&Field> for pb::Field {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            label: field.label.clone(),
            kind: pb::FieldKind::from(field.kind).into(),
            required: field.required,
            default: field.default.clone(),
            choices: field.choices.clone(),
            help: field.help.clone(),
        }
    }
}

impl From<Kind> for pb::FieldKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Area => Self::Area,
            Kind::Number => Self::Number,
            Kind::Url => Self::Url,
            Kind::Choice => Self::Choice,
        }
    }
}

impl From<State> for pb::StepState {
    fn from(state: State) -> Self {
        match state {
            State::Locked => Self::Locked,
            State::Open => Self::Open,
            State::Running => Self::Running,
            State::Done => Self::Done,
            State::Failed => Self::Failed,
        }
    }
}

impl From<Shown> for pb::Run {
    fn from(Shown { run, workflow }: Shown) -> Self {
        let states = run.record.states(&workflow.steps);
        let complete = !states.is_empty() && states.iter().all(|state| *state == State::Done);
        let steps = workflow.steps.iter().zip(states);
        Self {
            steps: steps
                .map(|(step, state)| run_step(step, state, &run.record))
                .collect(),
            complete,
            created: proto::time::to_wire(&run.created),
            updated: proto::time::to_wire(&run.updated),
            workflow: run.workflow,
            url: run.url,
            revision: run.revision,
        }
    }
}

fn run_step(step: &Step, state: State, record: &Record) -> pb::RunStep {
    let shown = pb::RunStep {
        step: Some(step.into()),
        state: pb::StepState::from(state).into(),
        ..pb::RunStep::default()
    };
    let Some(attempt) = record.attempt(&step.id) else {
        return shown;
    };
    pb::RunStep {
        summary: summary(step, &attempt, record),
        values: Some(proto::json::to_struct(attempt.values)),
        result: attempt.result.map(result),
        error: attempt.error,
        ..shown
    }
}

/// Says so in its place when a summary can not be made: the step itself went well.
fn summary(step: &Step, attempt: &Attempt, record: &Record) -> String {
    let template = step.call.as_ref().and_then(|call| call.summary.as_ref());
    let (Some(template), Some(result)) = (template, &attempt.result) else {
        return String::new();
    };
    let mut context = record.context();
    context.insert("values".to_owned(), attempt.values.clone().into());
    context.insert("result".to_owned(), result.clone());
    template::render(template, &context)
        .unwrap_or_else(|reason| format!("(the summary can not be made: {reason})"))
}

/// Returns a call's result as an object; what is none goes under the name `value`.
fn result(json: Value) -> prost_types::Struct {
    proto::json::to_struct(match json {
        Value::Object(object) => object,
        other => Map::from_iter([("value".to_owned(), other)]),
    })
}
