//! What is written so far of an answer, shared between the one who writes it and the one who saves it.
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::model::Call;

/// Calls of one answer that are kept; an answer that makes more is out of its mind.
const MOST_CALLS: usize = 100;

/// The text so far.
#[derive(Default)]
pub(crate) struct Written(Mutex<Text>);

#[derive(Default)]
struct Text {
    text: String,
    chars: usize,
    began: Option<Instant>,
    calls: Vec<Call>,
}

/// What was kept of a piece.
pub(crate) struct Kept {
    /// The part of it that fitted.
    pub(crate) text: String,
    /// Whether some of it did not.
    pub(crate) full: bool,
}

impl Written {
    /// Adds a piece, as far as the text stays within `limit` characters.
    pub(crate) fn add(&self, mut piece: String, limit: usize) -> Kept {
        let mut written = self.lock();
        let cut = piece
            .char_indices()
            .nth(limit - written.chars)
            .map(|(at, _)| at);
        piece.truncate(cut.unwrap_or(piece.len()));
        if !piece.is_empty() {
            written.began.get_or_insert_with(Instant::now);
        }
        written.text.push_str(&piece);
        written.chars += piece.chars().count();
        Kept {
            text: piece,
            full: cut.is_some(),
        }
    }

    /// Adds calls that the model makes.
    pub(crate) fn call(&self, calls: Vec<Call>) {
        let mut written = self.lock();
        written.calls.extend(calls);
        written.calls.truncate(MOST_CALLS);
    }

    /// Returns the calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// Returns the text so far.
    pub(crate) fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// Returns the time from the question to the first text; 0 when there is none.
    pub(crate) fn first_token_ms(&self, asked: Instant) -> i64 {
        let waited = self.lock().began.map(|began| began - asked);
        waited.map_or(0, |time| {
            i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Text> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_fit_up_to_the_last_character_and_no_further() {
        let written = Written::default();
        assert!(!written.add("žž".to_owned(), 3).full);
        assert!(!written.add("ž".to_owned(), 3).full);
        let kept = written.add("ž".to_owned(), 3);
        assert!(kept.full && kept.text.is_empty());
        assert_eq!(written.text(), "žžž");
    }
}
