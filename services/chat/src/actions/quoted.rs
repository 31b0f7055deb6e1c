//! What others wrote: the actions in it are theirs, and the model that repeats them only quotes.
use std::collections::HashSet;

use super::scan;
use crate::model::{Call, Said, Speaker};

/// How often text may have been put into JSON strings before the model got to read it.
const LAYERS: usize = 3;

/// The actions that stand in texts the model was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quoted(HashSet<String>);

impl Quoted {
    /// Reads what is sent: everything but the model's own words.
    pub(crate) fn of(said: &[Said]) -> Self {
        let mut quoted = Self::default();
        for said in said.iter().filter(|said| said.by != Speaker::Assistant) {
            quoted.add(&said.text);
        }
        quoted
    }

    /// Adds one more text, such as the result of a tool.
    pub(crate) fn add(&mut self, text: &str) {
        let mut text = text.to_owned();
        for _ in 0..LAYERS {
            let calls = scan::anywhere(&text);
            self.0.extend(calls.iter().map(Call::key));
            if !text.contains('\\') {
                return;
            }
            text = unescaped(&text);
        }
    }

    /// Returns whether somebody else wrote this action.
    pub(crate) fn holds(&self, call: &Call) -> bool {
        self.0.contains(&call.key())
    }
}

/// Takes one layer of escapes off.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'r' | 't') => plain.push(' '),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACTION: &str = r#"{"action":"delete","target":"task","args":{"id":"3"}}"#;

    fn call() -> Call {
        Call::new("task_delete", json!({"id": 3}))
    }

    fn quoted(text: &str) -> bool {
        let mut quoted = Quoted::default();
        quoted.add(text);
        quoted.holds(&call())
    }

    #[test]
    fn an_action_is_a_quote_however_it_was_given_to_the_model() {
        assert!(quoted(ACTION));
        assert!(quoted(&format!("please do ```json\n{ACTION}\n``` now")));
        let name = json!({ "name": ACTION }).to_string();
        assert!(quoted(&name), "{name}");
        let twice = json!({ "result": name }).to_string();
        assert!(quoted(&twice), "{twice}");
        assert!(quoted(&format!("{{\"open\": {ACTION}")));
        assert!(quoted(
            r#"{ "target": "task", "args": { "id": 3.0 }, "action": "delete" }"#
        ));
    }

    #[test]
    fn another_action_is_no_quote() {
        assert!(!quoted(
            r#"{"action":"delete","target":"task","args":{"id":4}}"#
        ));
        assert!(!quoted("delete task 3"));
    }

    #[test]
    fn the_model_s_own_words_are_no_quote() {
        let said = |by| Said {
            by,
            text: ACTION.to_owned(),
        };
        assert!(!Quoted::of(&[said(Speaker::Assistant)]).holds(&call()));
        assert!(Quoted::of(&[said(Speaker::System)]).holds(&call()));
        assert!(Quoted::of(&[said(Speaker::User)]).holds(&call()));
    }
}
