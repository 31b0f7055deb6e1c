//! What the stand-in does when it is asked for an answer.
use std::time::Duration;

use serde_json::{Value, json};

/// An answer, act by act.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub(super) refusal: Option<(u16, String)>,
    pub(super) acts: Vec<Act>,
    pieces: u64,
}

/// One act of an answer.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Sends bytes as they are.
    Send(Vec<u8>),
    /// Waits until the test releases it.
    Hold,
    /// Waits for a while.
    Wait(Duration),
    /// Breaks the connection.
    Abort,
}

impl Script {
    /// Makes an answer that says the given pieces and ends well.
    pub fn says(pieces: &[&str]) -> Self {
        pieces
            .iter()
            .fold(Self::default(), |script, piece| script.text(piece))
            .done("stop")
    }

    /// Makes the progress of a model that is got, in hundredths, to its end.
    pub fn pulls(completed: &[u8]) -> Self {
        let start = Self::default().line(&json!({ "status": "pulling manifest" }));
        let step = |script: Self, completed: &u8| {
            script.line(&json!({ "status": "pulling a1", "total": 100, "completed": completed }))
        };
        let steps = completed.iter().fold(start, step);
        steps.line(&json!({ "status": "success" }))
    }

    /// Makes a refusal before any output.
    pub fn refuses(status: u16, error: &str) -> Self {
        Self {
            refusal: Some((status, error.to_owned())),
            ..Self::default()
        }
    }

    /// Adds a piece of text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.pieces += 1;
        self.message(&json!({ "role": "assistant", "content": text }))
    }

    /// Adds a piece of thought, whose text is empty.
    #[must_use]
    pub fn thinking(self, thought: &str) -> Self {
        self.message(&json!({ "role": "assistant", "content": "", "thinking": thought }))
    }

    /// Adds a call of a tool, whole and with empty text, as Ollama sends it.
    #[must_use]
    pub fn tool_call(self, name: &str, arguments: &Value) -> Self {
        let call = json!({ "function": { "index": 0, "name": name, "arguments": arguments } });
        self.message(&json!({ "role": "assistant", "content": "", "tool_calls": [call] }))
    }

    /// Adds the end, with its costs.
    #[must_use]
    pub fn done(self, reason: &str) -> Self {
        let count = self.pieces;
        self.line(&json!({
            "model": "fake", "created_at": "2026-11-23T09:30:00Z",
            "message": { "role": "assistant", "content": "" },
            "done": true, "done_reason": reason,
            "total_duration": 90_000_000, "load_duration": 40_000_000,
            "prompt_eval_count": 11, "prompt_eval_duration": 10_000_000,
            "eval_count": count, "eval_duration": 20_000_000,
        }))
    }

    /// Adds an error in the middle of the answer.
    #[must_use]
    pub fn error(self, text: &str) -> Self {
        self.line(&json!({ "error": text }))
    }

    /// Adds any bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.acts.push(Act::Send(bytes.to_vec()));
        self
    }

    /// Waits until the test releases it; at the start, even the status waits.
    #[must_use]
    pub fn hold(mut self) -> Self {
        self.acts.push(Act::Hold);
        self
    }

    /// Waits for a while, such as the time a token takes.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.acts.push(Act::Wait(time));
        self
    }

    /// Breaks the connection in the middle of the answer.
    #[must_use]
    pub fn abort(mut self) -> Self {
        self.acts.push(Act::Abort);
        self
    }

    /// Sends every byte by itself, so that lines and characters are split everywhere.
    #[must_use]
    pub fn bytewise(mut self) -> Self {
        self.acts = self
            .acts
            .into_iter()
            .flat_map(|act| match act {
                Act::Send(bytes) => bytes.iter().map(|b| Act::Send(vec![*b])).collect(),
                other => vec![other],
            })
            .collect();
        self
    }

    /// Sends everything at once, so that one read gets several lines.
    #[must_use]
    pub fn at_once(mut self) -> Self {
        let all = self.acts.iter().filter_map(|act| match act {
            Act::Send(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        self.acts = vec![Act::Send(all.flatten().copied().collect())];
        self
    }

    fn message(self, message: &Value) -> Self {
        self.line(&json!({
            "model": "fake", "created_at": "2026-11-23T09:30:00Z",
            "message": message, "done": false, "of_a_later_version": { "a": [1] },
        }))
    }

    fn line(self, line: &Value) -> Self {
        self.bytes(format!("{line}\n").as_bytes())
    }
}
