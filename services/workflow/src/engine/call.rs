//! The call a step leaves behind: it goes on in this process after the submit has returned, and its end is noted in
//! the run exactly once.
use std::{future::Future, time::Duration};

use futures::TryStreamExt as _;
use serde_json::Value as Json;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::Engine;
use crate::{
    error::{Error, sentence},
    run::{Attempt, Run, Stage},
    step::{Call, Values},
};

pub(super) const RESTARTED: &str = "stopped by a restart; submit the step again";
const NO_WORD: &str = "storage did not say whether the step was kept; submit it again";
/// Bytes of a result.
const LARGEST_RESULT: usize = 1024 * 1024;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A call that is ready to be made.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) workflow: String,
    pub(super) url: String,
    pub(super) step: String,
    pub(super) call: Call,
    pub(super) request: Json,
}

/// One attempt at a step, wherever its run is by now.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) workflow: String,
    pub(super) url: String,
    pub(super) step: String,
    pub(super) by: String,
    pub(super) started: String,
}

/// What a call returned, or why it failed.
type Outcome = Result<Option<Json>, String>;

impl Engine {
    /// Marks the step as running and makes its call. This goes on when the caller goes away: a step must not be
    /// marked without being called.
    pub(super) async fn begin(&self, mut run: Run, values: Values, job: Job) -> Result<Run, Error> {
        let now = proto::time::now();
        let attempt = Attempt::running(values, &now, &self.me);
        run.record.set(&job.step, &attempt, &now);
        let running = Running {
            workflow: job.workflow.clone(),
            url: job.url.clone(),
            step: job.step.clone(),
            by: attempt.by,
            started: attempt.started,
        };
        let engine = self.clone();
        self.spawn(async move {
            let stored = engine.store.update(&run).await;
            match &stored {
                Ok(_) => drop(engine.spawn(engine.clone().perform(job, running))),
                Err(e) if e.is_unclear() => {
                    drop(engine.spawn(engine.clone().retract(run, running)));
                }
                Err(_) => {}
            }
            stored
        })
        .await?
    }

    /// Takes back a step whose write may still happen, by a write against the same revision: only one of both can take
    /// effect.
    async fn retract(self, mut run: Run, running: Running) {
        let now = proto::time::now();
        if let Some(attempt) = run.record.attempt(&running.step) {
            let attempt = attempt.finished(Err(NO_WORD.to_owned()), &now);
            run.record.set(&running.step, &attempt, &now);
        }
        let mut pause = FIRST_PAUSE;
        while self.store.update(&run).await.is_err_and(|e| e.is_unclear()) {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.settle(&running, Err(NO_WORD.to_owned())).await;
    }

    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.tasks.spawn(work.in_current_span())
    }

    async fn perform(self, job: Job, running: Running) {
        let began = Instant::now();
        let outcome = tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(RESTARTED.to_owned()),
            outcome = self.answer(&job) => outcome,
        };
        let duration_ms = began.elapsed().as_millis() as u64;
        let failed = outcome.is_err();
        tracing::info!(run.id = %job.url, step.id = %job.step, workflow.name = %job.workflow, duration_ms, failed, "call ended");
        self.settle(&running, outcome).await;
    }

    async fn answer(&self, job: &Job) -> Outcome {
        let _turn = self.turns.acquire().await.map_err(|e| e.to_string())?;
        let last = async {
            let call = &job.call;
            let mut answers = self
                .tools
                .call(&call.tool, &job.request, call.timeout)
                .await?;
            let mut last = None;
            while let Some(message) = answers.try_next().await? {
                last = Some(message);
            }
            Ok(last)
        };
        match last.await {
            Ok(Some(result)) if result.to_string().len() > LARGEST_RESULT => {
                Err("the result is larger than 1 MB".to_owned())
            }
            Ok(Some(result)) => Ok(Some(result)),
            Ok(None) => Err("the call ended without an answer".to_owned()),
            Err(status) => Err(sentence(&status)),
        }
    }

    /// Notes the end of an attempt, however long storage takes to answer. An attempt that is no longer running was
    /// settled before: by us, when the answer got lost, and then nothing is left to do.
    pub(super) async fn settle(&self, running: &Running, mut outcome: Outcome) {
        let mut pause = FIRST_PAUSE;
        while let Err(e) = self.note(running, &outcome).await {
            let (run, step) = (&running.url, &running.step);
            match outcome {
                Ok(_) if e.is_final() => outcome = Err(format!("the result can not be kept: {e}")),
                Err(_) if e.is_final() => {
                    tracing::error!(run.id = %run, step.id = %step, error = %e, "the end of a call can not be noted");
                    return;
                }
                _ => {
                    tracing::warn!(run.id = %run, step.id = %step, error = %e, "the end of a call could not be noted yet");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn note(&self, running: &Running, outcome: &Outcome) -> Result<(), Error> {
        let Some(mut run) = self.store.get(&running.workflow, &running.url).await? else {
            return Ok(()); // deleted meanwhile
        };
        let attempt = run.record.attempt(&running.step);
        let Some(attempt) = attempt.filter(|attempt| running.is(attempt)) else {
            return Ok(());
        };
        let now = proto::time::now();
        let attempt = attempt.finished(outcome.clone(), &now);
        run.record.set(&running.step, &attempt, &now);
        self.store.update(&run).await.map(drop)
    }
}

impl Running {
    fn is(&self, attempt: &Attempt) -> bool {
        attempt.state == Stage::Running && attempt.by == self.by && attempt.started == self.started
    }
}
