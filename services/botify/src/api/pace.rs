//! Keeps the whole client to the pace Botify allows: five requests a second, one at a time.
use std::{sync::Mutex, time::Duration};

use tokio::time::{Instant, sleep_until};

/// A little more than a fifth of a second, so that six requests span more than one however the network bunches them.
const APART: Duration = Duration::from_millis(210);

/// Hands out turns.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Waits for a turn; turns come in the order they were asked for.
    pub(super) async fn turn(&self) {
        sleep_until(self.book(Instant::now())).await;
    }

    fn book(&self, now: Instant) -> Instant {
        let mut next = self
            .0
            .lock()
            .expect("nothing panics while it holds the lock");
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + APART);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn six_requests_at_once_take_more_than_a_second() {
        let pace = Pace::default();
        let start = Instant::now();
        futures::future::join_all((0..6).map(|_| pace.turn())).await;
        assert!(start.elapsed() > Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_earns_no_burst() {
        let pace = Pace::default();
        pace.turn().await;
        tokio::time::advance(Duration::from_secs(60)).await;
        let start = Instant::now();
        pace.turn().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.turn().await;
        assert!(start.elapsed() >= APART);
    }
}
