//! One watcher's place in the log.
//!
//! It listens before it reads the table, so that nothing falls between. Numbers have no gaps, so whatever it did not
//! hear it misses, and reads from the table.
use std::collections::VecDeque;

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::log::{self, Change};
use crate::{
    db::{Batch, Db},
    error::Error,
};

/// Changes read from the table at a time.
const PAGE: usize = 256;
/// A watcher further behind than this is better off reading everything anew.
const TOO_FAR: i64 = 10_000;

/// What a watcher is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The next change.
    Change(Change),
    /// Read everything anew, and go on from this number.
    Resync(i64),
}

/// A watcher.
pub(crate) struct Feed {
    db: Db,
    heard: Receiver<Batch>,
    ready: VecDeque<Event>,
    /// Number of the last change in `ready` or told before.
    known: i64,
    /// Number of a change that is known to be in the table.
    goal: i64,
}

impl Feed {
    /// Begins after the change that the watcher knows; without one, or when it is too far back or unknown, with a
    /// resync.
    pub(crate) fn begin(db: &Db, after: Option<i64>) -> Result<Self, Error> {
        let heard = db.subscribe();
        let head = db.read(log::head)?;
        let mut feed = Self {
            db: db.clone(),
            heard,
            ready: VecDeque::new(),
            known: head,
            goal: head,
        };
        match after {
            Some(after) if (head - TOO_FAR..=head).contains(&after) && after >= 0 => {
                feed.known = after;
            }
            _ => feed.ready.push_back(Event::Resync(head)),
        }
        Ok(feed)
    }

    /// Waits for the next event; absent when there will be none.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.known < self.goal {
                self.read()?;
                continue;
            }
            match self.heard.recv().await {
                Ok(batch) => self.hear(&batch),
                Err(RecvError::Lagged(_)) => self.resync()?,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }

    fn hear(&mut self, batch: &Batch) {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return;
        };
        if first.seq == self.known + 1 {
            self.tell(batch.iter().cloned());
        }
        self.goal = self.goal.max(last.seq);
    }

    fn read(&mut self) -> Result<(), Error> {
        let page = self.db.read(|conn| log::after(conn, self.known, PAGE))?;
        match page.first() {
            Some(first) if first.seq == self.known + 1 => {
                self.tell(page);
                Ok(())
            }
            _ => self.resync(), // what it should read next is no longer there
        }
    }

    fn tell(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.known = change.seq;
            self.ready.push_back(Event::Change(change));
        }
    }

    fn resync(&mut self) -> Result<(), Error> {
        self.heard = self.heard.resubscribe();
        let head = self.db.read(log::head)?;
        (self.known, self.goal) = (head, head);
        self.ready.push_back(Event::Resync(head));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::setting::{self, Setting};

    async fn with_changes(count: usize) -> (TempDir, Db) {
        let dir = tempfile::tempdir().expect("dir");
        let db = Db::open(&dir.path().join("test.db")).expect("opened");
        add(&db, count).await;
        (dir, db)
    }

    async fn add(db: &Db, count: usize) {
        let start = db.read(log::head).expect("head");
        db.write("test".to_owned(), move |tx| {
            (0..count).try_for_each(|n| {
                let row = Setting {
                    key: format!("{start}.{n}"),
                    value: String::new(),
                };
                setting::set(tx, &row)
            })
        })
        .await
        .expect("written");
    }

    async fn next(feed: &mut Feed) -> Event {
        feed.next().await.expect("an answer").expect("an event")
    }

    async fn next_seq(feed: &mut Feed) -> i64 {
        match next(feed).await {
            Event::Change(change) => change.seq,
            Event::Resync(_) => panic!("a resync"),
        }
    }

    #[tokio::test]
    async fn a_watcher_that_knows_nothing_starts_with_a_resync() {
        let (_dir, db) = with_changes(3).await;
        let mut feed = Feed::begin(&db, None).expect("feed");
        assert_eq!(next(&mut feed).await, Event::Resync(3));
        add(&db, 1).await;
        assert_eq!(next_seq(&mut feed).await, 4);
    }

    #[tokio::test]
    async fn a_watcher_that_missed_some_gets_them_and_then_the_new_ones() {
        let (_dir, db) = with_changes(600).await;
        let mut feed = Feed::begin(&db, Some(1)).expect("feed");
        add(&db, 2).await;
        for seq in 2..=602 {
            assert_eq!(next_seq(&mut feed).await, seq);
        }
    }

    #[tokio::test]
    async fn what_a_watcher_did_not_hear_it_reads_from_the_table() {
        let (_dir, db) = with_changes(0).await;
        let mut feed = Feed::begin(&db, Some(0)).expect("feed");
        add(&db, 3).await;
        feed.heard = db.subscribe(); // as if the batch had been another process's
        add(&db, 1).await;
        for seq in 1..=4 {
            assert_eq!(next_seq(&mut feed).await, seq);
        }
    }

    #[tokio::test]
    async fn a_number_that_is_unknown_or_too_far_back_gets_a_resync() {
        let head = TOO_FAR + 1;
        let (_dir, db) = with_changes(head as usize).await;
        for after in [0, head + 1, -1, i64::MAX, i64::MIN] {
            let mut feed = Feed::begin(&db, Some(after)).expect("feed");
            assert_eq!(next(&mut feed).await, Event::Resync(head), "after {after}");
        }
        let mut feed = Feed::begin(&db, Some(1)).expect("feed");
        assert_eq!(next_seq(&mut feed).await, 2);
    }

    #[tokio::test]
    async fn a_watcher_that_does_not_keep_up_gets_a_resync_and_goes_on() {
        let (_dir, db) = with_changes(0).await;
        let mut feed = Feed::begin(&db, Some(0)).expect("feed");
        for _ in 0..300 {
            add(&db, 1).await;
        }
        assert_eq!(next(&mut feed).await, Event::Resync(300));
        add(&db, 1).await;
        assert_eq!(next_seq(&mut feed).await, 301);
    }
}
