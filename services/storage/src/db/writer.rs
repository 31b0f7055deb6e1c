//! The one thread that writes. Requests that wait together are committed together, since a commit costs far more than
//! a row.
//!
//! A request that fails after it wrote spoils the transaction for its neighbours. Instead of a savepoint around every
//! request, which all would pay for, the whole transaction is then dropped and its requests run again one by one.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use tokio::sync::{broadcast, mpsc};

use super::{Batch, Connection, Job, Tx, checkpoint::Checkpoint, request::Ran};
use crate::{
    changes::{self, Change},
    error::Error,
};

/// Requests in one transaction, at most.
const TOGETHER: usize = 256;

/// The writer's own things.
pub(super) struct Writer {
    path: PathBuf,
    /// Absent after a failure: dropping a connection is the one sure way to end its transaction.
    conn: Option<Connection>,
    published: broadcast::Sender<Batch>,
    checkpoint: Checkpoint,
}

/// Why a transaction came to nothing.
enum Failure {
    /// One of the requests failed half-way.
    Request,
    /// The engine failed.
    Engine(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

impl Writer {
    /// Starts the thread, which ends when nobody can send requests any more.
    pub(super) fn start(
        path: &Path,
        queue: mpsc::Receiver<Box<dyn Job>>,
        published: broadcast::Sender<Batch>,
    ) -> Result<(), Error> {
        let writer = Self {
            path: path.to_owned(),
            conn: Some(Connection::writing(path)?),
            published,
            checkpoint: Checkpoint::start(path)?,
        };
        thread::spawn(move || writer.run(queue));
        Ok(())
    }

    fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = queue.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < TOGETHER
                && let Ok(next) = queue.try_recv()
            {
                batch.push(next);
            }
            self.commit(batch);
        }
    }

    /// Commits requests together and answers them; when one spoils it for the others, one by one.
    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        match self.attempt(&mut batch) {
            Ok(groups) => {
                for (job, group) in batch.into_iter().zip(groups) {
                    job.answer(Ok(group));
                }
            }
            Err(Failure::Request) if batch.len() > 1 => {
                for job in batch {
                    self.commit(vec![job]);
                }
            }
            Err(Failure::Request) => answer_all(batch, Error::Panicked), // its own failure comes first
            Err(Failure::Engine(e)) => answer_all(batch, e),
        }
    }

    /// Runs and commits requests in one transaction; returns the group of each.
    fn attempt(&mut self, batch: &mut [Box<dyn Job>]) -> Result<Vec<i64>, Failure> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => Connection::writing(&self.path)?,
        };
        conn.begin()?;
        let head = changes::head(&mut conn)?; // from the table: another process may have written
        let time = proto::time::now();
        let mut log = Vec::with_capacity(batch.len());
        let mut groups = Vec::with_capacity(batch.len());
        for job in batch {
            let actor = job.actor().to_owned();
            let mut tx = Tx::new(&mut conn, &actor, &time, head, &mut log);
            match job.run(&mut tx) {
                Ran::Whole => groups.push(tx.group()),
                Ran::Half => return Err(Failure::Request),
            }
        }
        changes::append(&mut conn, &log)?;
        conn.commit()?;
        self.publish(log, &mut conn);
        self.conn = Some(conn);
        Ok(groups)
    }

    fn publish(&mut self, log: Vec<Change>, conn: &mut Connection) {
        if log.is_empty() {
            return;
        }
        let batch = Arc::new(log);
        let _ = self.published.send(batch.clone()); // nobody may be listening
        self.checkpoint.committed(&batch, conn);
    }
}

fn answer_all(batch: Vec<Box<dyn Job>>, cause: Error) {
    let cause = Arc::new(cause);
    for job in batch {
        job.answer(Err(Error::NotCommitted(cause.clone())));
    }
}
