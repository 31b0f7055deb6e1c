//! A run: one JSON record with a part per step, and what that record says about each step's state.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::step::{Step, Values};

/// Keys of a record that are not steps, or that mean something else in templates.
pub(crate) const RESERVED: [&str; 5] = ["created", "updated", "finalize", "values", "result"];

/// One run as stored.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) workflow: String,
    pub(crate) url: String,
    pub(crate) record: Record,
    pub(crate) created: String,
    pub(crate) updated: String,
    pub(crate) revision: i64,
}

/// What is known of a run: `created`, `updated` and a key per step. Whatever else is in it stays in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Map<String, Json>);

/// The last time a step was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    #[serde(default)]
    pub(crate) values: Values,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<Json>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) error: String,
    pub(crate) state: Stage,
    pub(crate) started: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finished: Option<String>,
    /// The process that makes the call; nobody else may finish it while that process lives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) by: String,
}

/// How far an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Running,
    Done,
    Failed,
}

/// How far a step of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Locked,
    Open,
    Running,
    Done,
    Failed,
}

impl Record {
    /// Makes the record of a run that begins.
    pub(crate) fn new(now: &str) -> Self {
        let mut record = Self::default();
        record.0.insert("created".to_owned(), now.into());
        record.0.insert("updated".to_owned(), now.into());
        record
    }

    /// Reads a record. Storage keeps JSON objects only; anything else counts as empty.
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    /// Returns the record as text.
    pub(crate) fn text(&self) -> String {
        Json::Object(self.0.clone()).to_string()
    }

    /// Returns the last attempt at a step. One that can not be read counts as none, so the step can be done again.
    pub(crate) fn attempt(&self, step: &str) -> Option<Attempt> {
        Attempt::deserialize(self.0.get(step)?).ok()
    }

    /// Notes an attempt at a step.
    pub(crate) fn set(&mut self, step: &str, attempt: &Attempt, now: &str) {
        let attempt = serde_json::to_value(attempt).unwrap_or_default();
        self.0.insert(step.to_owned(), attempt);
        self.0.insert("updated".to_owned(), now.into());
    }

    /// Returns every step that was attempted, with its attempt.
    pub(crate) fn attempts(&self) -> impl Iterator<Item = (&str, Attempt)> {
        self.0
            .iter()
            .filter(|(key, _)| !RESERVED.contains(&key.as_str()))
            .filter_map(|(key, part)| Some((key.as_str(), Attempt::deserialize(part).ok()?)))
    }

    /// Returns what templates see: the parts of the steps under their names.
    pub(crate) fn context(&self) -> Map<String, Json> {
        self.0.clone()
    }

    /// Returns the state of each step, in order: the first one that is not done is at work or open, those after it
    /// are locked.
    pub(crate) fn states(&self, steps: &[Step]) -> Vec<State> {
        let mut reached = true;
        let state = |step: &Step| {
            if !reached {
                return State::Locked;
            }
            let state = match self.attempt(&step.id).map(|attempt| attempt.state) {
                None => State::Open,
                Some(Stage::Running) => State::Running,
                Some(Stage::Done) => State::Done,
                Some(Stage::Failed) => State::Failed,
            };
            reached = state == State::Done;
            state
        };
        steps.iter().map(state).collect()
    }
}

impl Attempt {
    /// Begins an attempt; `by` makes the call.
    pub(crate) fn running(values: Values, now: &str, by: &str) -> Self {
        Self {
            values,
            result: None,
            error: String::new(),
            state: Stage::Running,
            started: now.to_owned(),
            finished: None,
            by: by.to_owned(),
        }
    }

    /// Makes the attempt at a step that calls nothing.
    pub(crate) fn done(values: Values, now: &str) -> Self {
        Self::running(values, now, "").finished(Ok(None), now)
    }

    /// Ends an attempt with what the call returned or with the reason why it failed.
    #[must_use]
    pub(crate) fn finished(self, outcome: Result<Option<Json>, String>, now: &str) -> Self {
        let (state, result, error) = match outcome {
            Ok(result) => (Stage::Done, result, String::new()),
            Err(reason) => (Stage::Failed, None, reason),
        };
        Self {
            state,
            result,
            error,
            finished: Some(now.to_owned()),
            by: String::new(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Vec<Step> {
        let step = |n: u32| Step {
            id: format!("step_0{n}"),
            title: String::new(),
            about: String::new(),
            fields: Vec::new(),
            call: None,
        };
        (1..=3).map(step).collect()
    }

    #[test]
    fn the_first_unfinished_step_is_open_and_the_later_ones_are_locked() {
        let mut record = Record::new("t");
        assert_eq!(
            record.states(&steps()),
            [State::Open, State::Locked, State::Locked]
        );
        record.set("step_01", &Attempt::done(Values::new(), "t"), "t");
        record.set("step_02", &Attempt::running(Values::new(), "t", "me"), "t");
        assert_eq!(
            record.states(&steps()),
            [State::Done, State::Running, State::Locked]
        );
        let failed = Attempt::running(Values::new(), "t", "me").finished(Err("no".into()), "t");
        record.set("step_02", &failed, "t");
        assert_eq!(
            record.states(&steps()),
            [State::Done, State::Failed, State::Locked]
        );
    }

    #[test]
    fn a_record_survives_its_text_with_what_others_put_into_it() {
        let text = r#"{"created":"a","updated":"b","finalize":{"finalized":true}}"#;
        let mut record = Record::parse(text);
        let attempt = Attempt::running(Values::new(), "t", "me");
        record.set("step_01", &attempt, "c");
        let again = Record::parse(&record.text());
        assert_eq!(again.attempt("step_01"), Some(attempt));
        assert_eq!(again.attempts().count(), 1);
        assert!(again.text().contains(r#""finalize":{"finalized":true}"#));
        assert!(again.text().contains(r#""updated":"c""#));
    }

    #[test]
    fn a_part_that_can_not_be_read_counts_as_not_done() {
        let record = Record::parse(r#"{"step_01": {"state": "eaten"}}"#);
        assert_eq!(record.states(&steps())[0], State::Open);
    }
}
