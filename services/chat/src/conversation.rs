//! A turn of the conversation: the model is chosen, the question stored, the model asked, the answer begun.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{OnceCell, mpsc},
    time::timeout,
};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};
use tracing::Instrument as _;

use crate::{
    answer::{Answer, Event, Events},
    choice::{Choice, Listed},
    config::{Config, Limits, ModelName},
    context,
    error::Error,
    model::{Ask, Model, Pieces, Said},
    ollama::Ollama,
    transcript::Transcript,
    turns::{Turn, Turns},
};

/// Pieces that wait for a slow reader before the model is held up.
const QUEUE: usize = 64;
/// Time to wait for storage before the first answer; whoever asks gives up after 5 s.
const STORAGE_PATIENCE: Duration = Duration::from_millis(3500);
const MEND_AGAIN: Duration = Duration::from_secs(1);

/// Holds conversations with a model.
pub struct Conversation {
    model: Arc<dyn Model>,
    choice: Choice,
    transcript: Transcript,
    turns: Turns,
    limits: Limits,
    mended: OnceCell<()>,
    answers: TaskTracker,
    shutdown: CancellationToken,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the person says, trimmed.
    pub text: String,
    /// Number of the profile; none means the one picked in the top bar.
    pub profile: Option<i64>,
    /// Slug of the app in front.
    pub app: String,
    /// The model that is to answer; none means the default one.
    pub model: Option<ModelName>,
    /// Whether it is part of the conversation.
    pub kept: Kept,
}

/// Whether a question and its answer are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// They are part of the profile's conversation.
    OnRecord,
    /// Nothing said before is sent and nothing is stored.
    OffRecord,
}

impl Conversation {
    /// Prepares conversations; `answers` counts those being written, which end when `shutdown` fires.
    ///
    /// # Errors
    /// Says so when the HTTP client can not be made.
    pub fn new(
        config: &Config,
        answers: TaskTracker,
        shutdown: CancellationToken,
    ) -> Result<Self, Error> {
        let model: Arc<dyn Model> = Arc::new(Ollama::new(config.ollama.clone())?);
        Ok(Self {
            choice: Choice::new(model.clone(), config.model.clone()),
            model,
            transcript: Transcript::new(&config.storage),
            turns: Turns::new(),
            limits: config.limits,
            mended: OnceCell::new(),
            answers,
            shutdown,
        })
    }

    /// Lists the installed models, the default one first.
    ///
    /// # Errors
    /// Says that no model server answers.
    pub async fn models(&self) -> Result<Vec<Listed>, Error> {
        self.choice.list().await
    }

    /// Ends the answers that a dead process left unfinished, as soon as storage answers.
    pub async fn mend(self: Arc<Self>) {
        let work = async {
            while let Err(e) = self.mended().await {
                tracing::debug!(
                    error = &e as &dyn std::error::Error,
                    "storage not reached yet"
                );
                tokio::time::sleep(MEND_AGAIN).await;
            }
        };
        self.shutdown.run_until_cancelled(work).await;
    }

    /// Asks the model. Dropping the events stops it.
    ///
    /// # Errors
    /// Says what is missing: a model, its server, storage, the profile, or the end of the answer before.
    pub async fn ask(self: &Arc<Self>, question: Question) -> Result<Events, Error> {
        let this = self.clone();
        // A task of its own: whoever asks may leave in the middle of it, and a row once begun must be ended.
        let begun = async move {
            match question.kept {
                Kept::OnRecord => this.on_record(question).await,
                Kept::OffRecord => this.off_record(question).await,
            }
        };
        self.answers.spawn(begun.in_current_span()).await?
    }

    async fn on_record(&self, q: Question) -> Result<Events, Error> {
        let asked = Instant::now();
        let model = self.choice.pick(q.model.as_ref()).await?;
        timeout(STORAGE_PATIENCE, self.mended())
            .await
            .map_err(|_| Error::NoStorage)??;
        let turn = self
            .turns
            .of_profile(self.transcript.profile(q.profile).await?)
            .await?;
        let before = self.transcript.before(q.profile).await?;
        // The model begins to read while the rows are being written; a failure to write them drops the request.
        let pieces = self.open(&model, context::compose(&q.app, before.said, &q.text));
        let question = self
            .transcript
            .ask(q.profile, &q.app, &q.text, before.last)
            .await?;
        let answer = self
            .transcript
            .begin(q.profile, &q.app, &model, question)
            .await?;
        let started = Event::Started {
            question,
            answer,
            model,
        };
        Ok(self.write(started, Some(answer), asked, turn, pieces))
    }

    async fn off_record(&self, q: Question) -> Result<Events, Error> {
        let asked = Instant::now();
        let turn = self.turns.off_record()?;
        let model = self.choice.pick(q.model.as_ref()).await?;
        let pieces = self.open(&model, context::compose(&q.app, Vec::new(), &q.text));
        let started = Event::Started {
            question: 0,
            answer: 0,
            model,
        };
        Ok(self.write(started, None, asked, turn, pieces))
    }

    async fn mended(&self) -> Result<(), Error> {
        let mend = || async {
            let count = self.transcript.mend().await?;
            if count > 0 {
                tracing::info!(count, "ended answers that were left unfinished");
            }
            Ok(())
        };
        self.mended.get_or_try_init(mend).await.copied()
    }

    fn open(&self, model: &str, said: Vec<Said>) -> Opening {
        let ask = Ask {
            model: model.to_owned(),
            said,
        };
        AbortOnDropHandle::new(tokio::spawn(self.model.answer(ask).in_current_span()))
    }

    fn write(
        &self,
        started: Event,
        row: Option<i64>,
        asked: Instant,
        turn: Turn,
        pieces: Opening,
    ) -> Events {
        let (events, receiver) = mpsc::channel(QUEUE);
        let answer = Answer {
            row,
            asked,
            limits: self.limits,
            transcript: self.transcript.clone(),
            shutdown: self.shutdown.clone(),
            events,
        };
        self.answers
            .spawn(answer.run(started, pieces, turn).in_current_span());
        Events::new(receiver)
    }
}

/// A request to the model that goes on by itself and ends when this is dropped.
pub(crate) type Opening = AbortOnDropHandle<Result<Pieces, Error>>;
