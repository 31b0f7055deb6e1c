//! The doors to the tables: [`Db::read`] and [`Db::write`], and no other.
//!
//! Queries for one row end in `get_result`, not in `first`: the latter adds a LIMIT, with which diesel prepares the
//! statement anew each time, and that takes several times as long as running it.
mod checkpoint;
mod connection;
mod readers;
mod request;
mod tx;
mod writer;

use std::{path::Path, sync::Arc};

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{changes::Change, error::Error};
pub(crate) use connection::{Backend, Connection};
use readers::Readers;
use request::{Job, Request};
pub(crate) use tx::{Record, Tx};
use writer::Writer;

/// Writes that may wait; more make their callers wait.
const QUEUE: usize = 1024;
/// Batches that a watcher may be behind before it has to read everything anew.
const BACKLOG: usize = 256;

/// What one commit changed, in order.
pub(crate) type Batch = Arc<Vec<Change>>;

/// Every table. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db(Arc<Inner>);

struct Inner {
    queue: mpsc::Sender<Box<dyn Job>>,
    readers: Readers,
    published: broadcast::Sender<Batch>,
}

/// What a committed write came to.
#[derive(Debug)]
pub(crate) struct Written<T> {
    /// What the request returned.
    pub(crate) value: T,
    /// Number of its group of changes; 0 when it changed nothing.
    pub(crate) group: i64,
}

impl Db {
    /// Opens the database file, brings its tables up to date and starts the writer thread, which ends with the last
    /// clone.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        connection::prepare(path)?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (published, _) = broadcast::channel(BACKLOG);
        Writer::start(path, waiting, published.clone())?;
        Ok(Self(Arc::new(Inner {
            queue,
            readers: Readers::open(path)?,
            published,
        })))
    }

    /// Reads, right here: a short query takes less time than handing it to another thread.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.0.readers.with(query)
    }

    /// Writes: all of `work` is committed together with its changes, or nothing is. It may run more than once (when a
    /// neighbour in the same transaction fails), so it must do nothing but change rows.
    pub(crate) async fn write<T, F>(&self, actor: String, work: F) -> Result<Written<T>, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Request::new(actor, work, reply));
        self.0
            .queue
            .send(request)
            .await
            .map_err(|_| Error::Stopping)?;
        answer.await.unwrap_or(Err(Error::Stopping))
    }

    /// Hears of every batch committed from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Batch> {
        self.0.published.subscribe()
    }
}

#[cfg(test)]
mod tests;
