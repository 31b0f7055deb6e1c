//! Finds the actions in a model's text: JSON objects with `action` and `target`, wherever they stand in it.
//!
//! It reads complete answers only, so it can not matter where the network happened to split one.
use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Map, Value as Json};

use crate::model::Call;

/// Actions that one answer may ask for; what comes after them is dropped.
pub(crate) const MOST: usize = 8;
/// Objects inside objects, at most.
const DEPTH: usize = 32;

/// Returns the actions of an answer in their order, each once.
///
/// An object that is broken is skipped. One that is not finished ends the search: what it holds is not finished either.
pub(crate) fn calls(text: &str) -> Vec<Call> {
    let mut found = Found::default();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start..];
        match object(rest) {
            Parsed::Whole(object, length) => {
                found.search(&Json::Object(object), DEPTH);
                rest = &rest[length..];
            }
            Parsed::Broken => rest = &rest[1..],
            Parsed::Unfinished => break,
        }
    }
    found.calls.truncate(MOST);
    found.calls
}

/// Returns every action that stands anywhere in a text, also inside the strings of its objects.
pub(super) fn anywhere(text: &str) -> Vec<Call> {
    let mut found = Found::default();
    for (start, _) in text.match_indices('{') {
        if let Parsed::Whole(object, _) = object(&text[start..]) {
            found.search(&Json::Object(object), DEPTH);
        }
    }
    found.calls
}

enum Parsed {
    /// An object, and how many bytes of text it takes.
    Whole(Map<String, Json>, usize),
    Broken,
    Unfinished,
}

fn object(text: &str) -> Parsed {
    // Read once without keeping anything: most braces of hostile text begin no object, and each is tried.
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let end = match values.next() {
        Some(Ok(_)) => values.byte_offset(),
        Some(Err(e)) if e.is_eof() => return Parsed::Unfinished,
        _ => return Parsed::Broken,
    };
    match serde_json::from_str(&text[..end]) {
        Ok(object) => Parsed::Whole(object, end),
        Err(_) => Parsed::Broken,
    }
}

#[derive(Default)]
struct Found {
    calls: Vec<Call>,
    keys: HashSet<String>,
}

impl Found {
    /// Takes the action that `json` is, or those inside it; the arguments of an action are not searched.
    fn search(&mut self, json: &Json, depth: usize) {
        if depth == 0 {
            return;
        }
        match json {
            Json::Object(fields) => match Call::read(fields) {
                Some(call) => self.take(call),
                None => fields
                    .values()
                    .for_each(|json| self.search(json, depth - 1)),
            },
            Json::Array(items) => items.iter().for_each(|json| self.search(json, depth - 1)),
            _ => {}
        }
    }

    fn take(&mut self, call: Call) {
        if self.keys.insert(call.key()) {
            self.calls.push(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::actions::corpus;

    #[test]
    fn every_answer_of_the_corpus_holds_the_actions_it_should() {
        let corpus = corpus::answers();
        assert!(corpus.len() >= 60, "{} answers", corpus.len());
        for answer in corpus {
            assert_eq!(
                corpus::lines(&calls(answer.text)),
                answer.expected,
                "{}",
                answer.title
            );
        }
    }

    #[test]
    fn an_object_that_is_cut_anywhere_never_runs() {
        let whole = r#"{"action":"insert","target":"task","args":{"name":"a {b} \"c\""}}"#;
        for end in 0..whole.len() {
            assert!(calls(&whole[..end]).is_empty(), "{}", &whole[..end]);
        }
        assert_eq!(calls(whole).len(), 1);
    }

    #[test]
    fn actions_are_found_down_to_a_depth_and_up_to_a_number() {
        let action = r#"{"action":"list","target":"task"}"#;
        let nested = |depth| format!("{}{action}{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert_eq!(calls(&nested(DEPTH - 1)).len(), 1);
        assert_eq!(calls(&nested(DEPTH)).len(), 0);

        let mut many = String::new();
        for id in 0..20 {
            let _ = writeln!(
                many,
                r#"{{"action":"read","target":"task","args":{{"id":{id}}}}}"#
            );
        }
        assert_eq!(calls(&many).len(), MOST);
    }

    #[test]
    fn long_nonsense_is_read_quickly() {
        for piece in ["{", "{\"a\":", "{\"a\":[", "{\"", "[{", "{\"a\":\"{"] {
            assert!(calls(&piece.repeat(20_000)).is_empty());
        }
    }
}
