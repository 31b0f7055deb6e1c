//! Answers as models write them, and the actions in each; shared by the tests of everything that answers pass through.
use crate::model::Call;

const ANSWERS: &str = include_str!("corpus/answers.txt");

/// An answer and what should be found in it.
pub(crate) struct Answer {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    /// One line for each action: name of the tool, arguments as JSON.
    pub(crate) expected: Vec<String>,
}

/// Reads the corpus: after `=== title` the answer, after `--- actions` one line for each.
pub(crate) fn answers() -> Vec<Answer> {
    let entries = ANSWERS.split("=== ").skip(1);
    entries.map(entry).collect()
}

/// Writes calls as the corpus does.
pub(crate) fn lines(calls: &[Call]) -> Vec<String> {
    let line = |call: &Call| format!("{} {}", call.tool, call.args);
    calls.iter().map(line).collect()
}

fn entry(entry: &'static str) -> Answer {
    let (title, rest) = entry.split_once('\n').expect("a title");
    let (text, expected) = rest.split_once("--- actions").expect("what is expected");
    Answer {
        title,
        text: text.strip_suffix('\n').unwrap_or(text),
        expected: expected.trim().lines().map(str::to_owned).collect(),
    }
}
