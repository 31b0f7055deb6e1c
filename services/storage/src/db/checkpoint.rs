//! Moves committed pages from SQLite's log into the database file, beside the writer and not in its way.
//!
//! Under a steady load the thread never reaches the end of the log, which then can not start over and would grow for
//! ever; so now and then the writer does the little that the thread left, while nobody writes.
use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use super::{Batch, Connection};
use crate::error::Error;

/// About how many bytes of log make a checkpoint beside the writer worth its while.
const BESIDE: usize = 4 << 20;
/// About how many bytes of log make the writer stop for a checkpoint.
const INSTEAD: usize = 4 * BESIDE;
/// About what a commit adds beside its rows: the pages of a few indexes.
const PER_BATCH: usize = 12 * 4096;

/// Counts what was written, and wakes the thread.
pub(super) struct Checkpoint {
    /// Bytes since the thread was woken.
    unseen: usize,
    /// Bytes since the log started over.
    total: usize,
    wake: SyncSender<()>,
}

impl Checkpoint {
    /// Starts the thread, which ends when this value is dropped.
    pub(super) fn start(path: &Path) -> Result<Self, Error> {
        let conn = Connection::writing(path)?;
        let (wake, woken) = sync_channel(1);
        thread::spawn(move || run(conn, &woken));
        Ok(Self {
            unseen: 0,
            total: 0,
            wake,
        })
    }

    /// Hears of a commit on the writer's connection.
    pub(super) fn committed(&mut self, batch: &Batch, conn: &mut Connection) {
        // Once for the row, once for the log.
        let rows: usize = batch.iter().map(|change| 2 * change.bytes()).sum();
        self.unseen += PER_BATCH + rows;
        self.total += PER_BATCH + rows;
        if self.total >= INSTEAD {
            (self.unseen, self.total) = (0, 0);
            checkpoint(conn);
        } else if self.unseen >= BESIDE {
            self.unseen = 0;
            let _ = self.wake.try_send(()); // full means that it is already on its way
        }
    }
}

fn run(mut conn: Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        checkpoint(&mut conn);
    }
}

fn checkpoint(conn: &mut Connection) {
    if let Err(e) = conn.checkpoint() {
        tracing::warn!(error = &e as &dyn std::error::Error, "checkpoint failed");
    }
}
