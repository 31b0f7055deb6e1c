//! Botify's limit: five requests in any second, per token.
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::{Duration, Instant},
};

const MOST: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
/// Tokens that are remembered; only a flood of made-up ones gets there.
const MOST_TOKENS: usize = 1000;

/// Whether requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Five requests a second per token, as Botify has it.
    Botify,
    /// As many as come, for tests of other things.
    None,
}

/// When each token was last seen.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<HashMap<String, VecDeque<Instant>>>);

impl Seen {
    /// Counts a request; false when it is one too many.
    pub(super) fn allows(&self, token: &str, now: Instant) -> bool {
        let mut seen = self
            .0
            .lock()
            .expect("nothing panics while it holds the lock");
        if seen.len() >= MOST_TOKENS {
            seen.clear();
        }
        let times = seen.entry(token.to_owned()).or_default();
        times.retain(|time| now.duration_since(*time) < SECOND);
        if times.len() == MOST {
            return false;
        }
        times.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_request_in_a_second_is_refused_and_counts_for_nothing() {
        let seen = Seen::default();
        let start = Instant::now();
        assert!((0..5).all(|_| seen.allows("demo-a", start)));
        assert!(!seen.allows("demo-a", start + SECOND / 2));
        assert!(seen.allows("demo-b", start));
        assert!(seen.allows("demo-a", start + SECOND));
    }
}
