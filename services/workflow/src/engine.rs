//! Moving runs on: starting them, submitting their steps, and the calls that steps leave behind.
mod call;
mod key;
mod recovery;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use runtime::tools::Tools;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::call::Job;
use crate::{
    Config,
    error::Error,
    library::{Entry, Library, Workflow},
    run::{Attempt, Record, Run, State},
    step::{Step, Values},
    store::Store,
    template,
};

/// Who acts, as the change log says it.
const ACTOR: &str = "workflow";
/// Calls that may be under way at a time; the others wait.
const CALLS: usize = 64;
/// How long the end of the process waits for stopped calls to be noted in their runs.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Everything a run needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    library: Library,
    store: Store,
    tools: Arc<Tools>,
    /// This process, as runs name it; never the same twice.
    me: Arc<str>,
    tasks: TaskTracker,
    turns: Arc<Semaphore>,
    proposing: Arc<Mutex<()>>,
    stop: CancellationToken,
}

/// A run with the workflow it follows.
pub(crate) struct Shown {
    pub(crate) run: Run,
    pub(crate) workflow: Arc<Workflow>,
}

impl Engine {
    /// Makes an engine whose calls end when `stop` fires.
    pub(crate) fn new(config: &Config, stop: CancellationToken) -> Self {
        let tools = Tools::new(&config.services, ACTOR);
        Self {
            library: Library::new(config.folder.clone(), tools.catalog().clone()),
            store: Store::new(&config.services.storage, ACTOR),
            tools: Arc::new(tools),
            me: format!("{}-{}", std::process::id(), proto::time::now()).into(),
            tasks: TaskTracker::new(),
            turns: Arc::new(Semaphore::new(CALLS)),
            proposing: Arc::default(),
            stop,
        }
    }

    /// Returns once every call that was under way has ended and is noted, or could not be noted in time.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        if tokio::time::timeout(LAST_WORDS, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some stopped calls could not be noted; the next start does that");
        }
    }

    /// Returns the workflows by title.
    pub(crate) async fn workflows(&self) -> Result<Arc<[Entry]>, Error> {
        self.library.list().await
    }

    /// Starts a run under a key, or returns the one that has it already, and says which of both. An empty key takes
    /// the next free one.
    pub(crate) async fn start(&self, name: &str, url: &str) -> Result<(Shown, bool), Error> {
        let workflow = self.library.find(name).await?;
        let (run, resumed) = if url.is_empty() {
            (self.start_anywhere(name).await?, false)
        } else {
            key::check(url)?;
            self.start_at(name, url).await?
        };
        tracing::info!(run.id = %run.url, workflow.name = name, resumed, "run started");
        Ok((Shown { run, workflow }, resumed))
    }

    async fn start_at(&self, name: &str, url: &str) -> Result<(Run, bool), Error> {
        if let Some(run) = self.store.get(name, url).await? {
            return Ok((run, true));
        }
        match self.create(name, url).await? {
            Some(run) => Ok((run, false)),
            None => Ok((self.run(name, url).await?, true)), // somebody was faster
        }
    }

    async fn create(&self, name: &str, url: &str) -> Result<Option<Run>, Error> {
        let record = Record::new(&proto::time::now());
        self.store.create(name, url, &record).await
    }

    /// Reads a run.
    pub(crate) async fn get(&self, name: &str, url: &str) -> Result<Shown, Error> {
        let run = self.run(name, url).await?;
        Ok(show(run, &self.library.list().await?))
    }

    async fn run(&self, name: &str, url: &str) -> Result<Run, Error> {
        let run = self.store.get(name, url).await?;
        run.ok_or_else(|| Error::UnknownRun {
            workflow: name.to_owned(),
            url: url.to_owned(),
        })
    }

    /// Lists runs, the one changed last first, with the token of the next page.
    pub(crate) async fn list(
        &self,
        name: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Shown>, String), Error> {
        let (runs, next) = self.store.list(name, page_size, page_token).await?;
        let entries = self.library.list().await?;
        let shown = runs.into_iter().map(|run| show(run, &entries));
        Ok((shown.collect(), next))
    }

    /// Fills in the open step of a run. A step with a call is running when this returns.
    pub(crate) async fn submit(
        &self,
        name: &str,
        url: &str,
        step_id: &str,
        given: &Values,
    ) -> Result<Shown, Error> {
        let workflow = self.library.find(name).await?;
        let run = self.run(name, url).await?;
        let step = open_step(name, &workflow, &run, step_id)?;
        let values = step.accept(given).map_err(Error::Invalid)?;
        let run = match self.job(step, &run, &values)? {
            None => self.complete(run, step, values).await?,
            Some(job) => self.begin(run, values, job).await?,
        };
        tracing::info!(run.id = %run.url, step.id = step_id, workflow.name = name, "step submitted");
        Ok(Shown { run, workflow })
    }

    async fn complete(&self, mut run: Run, step: &Step, values: Values) -> Result<Run, Error> {
        let now = proto::time::now();
        run.record.set(&step.id, &Attempt::done(values, &now), &now);
        self.store.update(&run).await
    }

    /// Prepares the step's call before anything is stored, so that a request that can not be made changes nothing.
    fn job(&self, step: &Step, run: &Run, values: &Values) -> Result<Option<Job>, Error> {
        let Some(call) = &step.call else {
            return Ok(None);
        };
        let mut context = run.record.context();
        context.insert("values".to_owned(), values.clone().into());
        let request = template::fill(&call.request, &context).map_err(|reason| Error::Request {
            step: step.id.clone(),
            reason,
        })?;
        Ok(Some(Job {
            workflow: run.workflow.clone(),
            url: run.url.clone(),
            step: step.id.clone(),
            call: call.clone(),
            request,
        }))
    }
}

/// Finds the workflow of a run. One whose file is gone or broken is shown by what its record holds.
fn show(run: Run, entries: &[Entry]) -> Shown {
    let entry = entries.iter().find(|entry| entry.name == run.workflow);
    let workflow = match entry.map(|entry| &entry.workflow) {
        Some(Ok(workflow)) => workflow.clone(),
        Some(Err(_)) | None => Arc::new(remembered(&run)),
    };
    Shown { run, workflow }
}

fn open_step<'a>(
    name: &str,
    workflow: &'a Workflow,
    run: &Run,
    id: &str,
) -> Result<&'a Step, Error> {
    let states = run.record.states(&workflow.steps);
    let found = workflow
        .steps
        .iter()
        .zip(states)
        .find(|(step, _)| step.id == id);
    match found {
        None => Err(Error::UnknownStep {
            workflow: name.to_owned(),
            step: id.to_owned(),
        }),
        Some((step, State::Open | State::Failed)) => Ok(step),
        Some((_, state)) => Err(Error::NotOpen {
            step: id.to_owned(),
            state,
        }),
    }
}

fn remembered(run: &Run) -> Workflow {
    let ids: BTreeSet<&str> = run.record.attempts().map(|(id, _)| id).collect();
    let step = |id: &str| Step {
        id: id.to_owned(),
        title: id.to_owned(),
        about: String::new(),
        fields: Vec::new(),
        call: None,
    };
    Workflow {
        title: run.workflow.clone(),
        about: String::new(),
        steps: ids.into_iter().map(step).collect(),
    }
}
