//! A write that waits for the writer, with the caller who waits for its answer.
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::{Tx, Written};
use crate::error::Error;

/// What the writer needs to know of a request, whatever it returns.
pub(super) trait Job: Send {
    /// Who asks.
    fn actor(&self) -> &str;
    /// Does the work, and keeps what it came to for [`Job::answer`].
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    /// Tells the caller: what the work came to once it is committed as `group`, or why it was not.
    fn answer(self: Box<Self>, committed: Result<i64, Error>);
}

/// How a request left the transaction.
pub(super) enum Ran {
    /// Fit to be committed: all of it was done, or nothing.
    Whole,
    /// Not fit: it failed half-way, or the engine did.
    Half,
}

/// A closure and the way back to its caller.
pub(super) struct Request<T, F> {
    actor: String,
    work: F,
    outcome: Result<T, Error>,
    reply: oneshot::Sender<Result<Written<T>, Error>>,
}

impl<T, F> Request<T, F> {
    /// Prepares a request.
    pub(super) fn new(
        actor: String,
        work: F,
        reply: oneshot::Sender<Result<Written<T>, Error>>,
    ) -> Self {
        Self {
            actor,
            work,
            outcome: Err(Error::Stopping),
            reply,
        }
    }
}

impl<T, F> Job for Request<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send,
{
    fn actor(&self) -> &str {
        &self.actor
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // A panic must not take the writer with it; the transaction is thrown away, so nothing half done is seen.
        self.outcome =
            catch_unwind(AssertUnwindSafe(|| (self.work)(tx))).unwrap_or(Err(Error::Panicked));
        match &self.outcome {
            Err(e) if e.is_engine() || tx.wrote() => Ran::Half,
            _ => Ran::Whole,
        }
    }

    fn answer(self: Box<Self>, committed: Result<i64, Error>) {
        let written = self
            .outcome
            .and_then(|value| committed.map(|group| Written { value, group }));
        let _ = self.reply.send(written); // the caller may have gone
    }
}
