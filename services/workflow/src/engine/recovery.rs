//! What a start finds: steps that a process left running when it died. Their calls are gone, so they are marked as
//! failed and can be submitted again.
use std::time::Duration;

use super::{
    Engine,
    call::{RESTARTED, Running},
};
use crate::{
    error::Error,
    run::{Run, Stage},
};

/// Records may be large, so a page holds few.
const PAGE: i32 = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Engine {
    /// Looks for such steps in the background, until storage answers or the process ends. Only one process runs
    /// workflows, so every other name in a record belongs to a dead one.
    pub(crate) fn recover(&self) {
        let engine = self.clone();
        drop(self.spawn(async move {
            tokio::select! {
                () = engine.stop.cancelled() => {}
                () = engine.settle_left_behind() => {}
            }
        }));
    }

    async fn settle_left_behind(&self) {
        let mut pause = FIRST_PAUSE;
        let left = loop {
            match self.left_behind().await {
                Ok(left) => break left,
                Err(e) => tracing::warn!(error = %e, "runs can not be looked through yet"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        for running in left {
            tracing::warn!(run.id = %running.url, step.id = %running.step, "a step was left running by a process that died");
            self.settle(&running, Err(RESTARTED.to_owned())).await;
        }
    }

    /// Everything is read before anything is changed: a change moves its record to the first page.
    async fn left_behind(&self) -> Result<Vec<Running>, Error> {
        let mut left = Vec::new();
        let mut token = String::new();
        loop {
            let (runs, next) = self.store.list("", PAGE, &token).await?;
            left.extend(runs.iter().flat_map(|run| self.left_in(run)));
            if next.is_empty() {
                return Ok(left);
            }
            token = next;
        }
    }

    fn left_in(&self, run: &Run) -> Vec<Running> {
        run.record
            .attempts()
            .filter(|(_, attempt)| attempt.state == Stage::Running && *attempt.by != *self.me)
            .map(|(step, attempt)| Running {
                workflow: run.workflow.clone(),
                url: run.url.clone(),
                step: step.to_owned(),
                by: attempt.by,
                started: attempt.started,
            })
            .collect()
    }
}
