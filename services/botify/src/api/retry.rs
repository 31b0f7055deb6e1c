//! When a read is tried again, and after which pause.
use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use crate::error::Error;

const MOST_TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Counts the tries of one read.
#[derive(Debug, Default)]
pub(super) struct Tries(u32);

impl Tries {
    /// Returns how long to wait before the next try; nothing when there is no sense in one.
    pub(super) fn pause_after(&mut self, error: &Error) -> Option<Duration> {
        self.0 += 1;
        if self.0 == MOST_TRIES || !error.may_pass() {
            return None;
        }
        let asked = match error {
            Error::Refused(refusal) => refusal.retry_after,
            _ => None,
        };
        let pause = asked.unwrap_or_else(|| jittered(FIRST_PAUSE * 2u32.pow(self.0 - 1)));
        Some(pause.min(LONGEST_PAUSE))
    }
}

/// Returns between half the pause and all of it, so that many who failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0u8) % 1000;
    pause.mul_f64(0.5 + random as f64 / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn refused(status: u16, retry_after: Option<u64>) -> Error {
        Error::Refused(Refusal {
            status,
            message: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
        })
    }

    #[test]
    fn pauses_grow_and_tries_end() {
        let mut tries = Tries::default();
        for most in [250, 500, 1000] {
            let pause = tries.pause_after(&refused(503, None)).expect("a pause");
            let range = Duration::from_millis(most / 2)..=Duration::from_millis(most);
            assert!(range.contains(&pause), "{pause:?} is not in {range:?}");
        }
        assert_eq!(tries.pause_after(&refused(503, None)), None);
    }

    #[test]
    fn the_pause_that_is_asked_for_is_kept_up_to_half_a_minute() {
        let pause = |seconds| Tries::default().pause_after(&refused(429, Some(seconds)));
        assert_eq!(pause(3), Some(Duration::from_secs(3)));
        assert_eq!(pause(3600), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_definite_no_is_never_tried_again() {
        for status in [400, 401, 403, 404, 422] {
            assert_eq!(Tries::default().pause_after(&refused(status, None)), None);
        }
    }
}
