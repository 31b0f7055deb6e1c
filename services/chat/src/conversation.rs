//! A turn of the conversation: the model is chosen, the question stored, the model asked, the answer begun.
use std::{
    collections::HashSet,
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
    actions::{Actions, Origin, Quoted},
    answer::{Answer, Event, Events},
    choice::{Choice, Listed},
    config::{Config, Limits, ModelName},
    context::{self, Context},
    error::Error,
    exchange::{Begun, Exchange},
    model::{Ask, Model, Pieces, Pulling},
    ollama::Ollama,
    prompts::Prompts,
    surroundings::{Place, Surroundings},
    transcript::{Before, Transcript},
    turns::{Turn, Turns},
};

mod acting;
mod again;
mod asking;

/// Pieces that wait for a slow reader before the model is held up.
const QUEUE: usize = 64;
/// Time to wait for storage before the first answer; whoever asks gives up after 5 s.
const STORAGE_PATIENCE: Duration = Duration::from_millis(3500);
const MEND_AGAIN: Duration = Duration::from_secs(1);

/// Holds conversations with a model.
pub struct Conversation {
    model: Arc<dyn Model>,
    choice: Choice,
    prompts: Prompts,
    surroundings: Surroundings,
    pub(crate) transcript: Transcript,
    pub(crate) turns: Turns,
    pub(crate) actions: Actions,
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
    /// Where the person is.
    pub place: Place,
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
            prompts: Prompts::new(&config.home),
            surroundings: Surroundings::new(&config.storage, &config.workflow),
            transcript: Transcript::new(&config.storage),
            turns: Turns::new(),
            actions: Actions::new(&config.services),
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
        let chosen = self.transcript.chosen_model().await;
        self.choice.list(chosen.as_ref()).await
    }

    /// Begins to get a model. Dropping the progress ends it.
    ///
    /// # Errors
    /// Says that no model server answers, or that it refuses.
    pub async fn pull(&self, model: &ModelName) -> Result<Pulling, Error> {
        self.model.pull(model.as_ref()).await
    }

    /// Returns what the model would read before the next question.
    ///
    /// # Errors
    /// Passes on what storage says. Without a model there is no name of one.
    pub async fn context(
        &self,
        profile: Option<i64>,
        place: &Place,
        model: Option<&ModelName>,
    ) -> Result<Context, Error> {
        let (model, said) = tokio::join!(self.pick(model), async {
            let id = self.transcript.profile(profile).await?;
            self.recall(profile, id, place).await
        });
        let (said, model) = (said?.said, model.ok());
        let Some(model) = model else {
            return Ok(Context::without_model(said));
        };
        let mut ask = self.asking(&model, said, "").await;
        ask.said.pop(); // the question, which nobody asked yet
        Ok(Context {
            said: ask.said,
            offered: ask.offered,
            model: Some(model),
        })
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
        // First, as the choice of a model asks storage as well and would wait for it once more.
        timeout(STORAGE_PATIENCE, self.mended())
            .await
            .map_err(|_| Error::NoStorage)??;
        let model = self.pick(q.model.as_ref()).await?;
        let profile = self.transcript.profile(q.profile).await?;
        let turn = self.turns.of_profile(profile).await?;
        let before = self.recall(q.profile, profile, &q.place).await?;
        let ask = self.asking(&model, before.said, &q.text).await;
        // The model begins to read while the rows are being written; a failure to write them drops the request.
        let pieces = self.open(ask.clone());
        let question = self
            .transcript
            .ask(q.profile, &q.place.app, &q.text, before.last)
            .await?;
        let answer = self
            .transcript
            .begin(q.profile, &q.place.app, &model, question)
            .await?;
        let origin = Origin {
            profile,
            app: q.place.app,
            parent: None,
        };
        let begun = Begun {
            row: answer,
            asked,
            pieces,
        };
        Ok(self.exchange(ask, question, origin, begun, turn))
    }

    async fn off_record(&self, q: Question) -> Result<Events, Error> {
        let asked = Instant::now();
        let turn = self.turns.off_record()?;
        let (model, seen) =
            tokio::join!(self.pick(q.model.as_ref()), self.surroundings.off_record());
        let model = model?;
        let said = context::compose(&self.prompts, &q.place, &seen, Vec::new());
        let ask = Ask {
            model: model.clone(),
            said: context::with_question(said, &q.text),
            ..Ask::default()
        };
        let pieces = self.open(ask);
        let started = Event::Started {
            question: 0,
            answer: 0,
            model,
        };
        Ok(self.write(started, asked, turn, pieces))
    }

    /// Returns all that is sent before a question: the one way in which it is put together. `named` is the profile as
    /// it was asked for, `profile` its number.
    async fn recall(
        &self,
        named: Option<i64>,
        profile: i64,
        place: &Place,
    ) -> Result<Before, Error> {
        let (before, seen) = tokio::join!(
            self.transcript.before(named),
            self.surroundings.of(profile, place)
        );
        let Before { last, said } = before?;
        let said = context::compose(&self.prompts, place, &seen, said);
        Ok(Before { last, said })
    }

    /// Chooses the model that answers: the named one, the one chosen in the page, the configured one, the best one.
    async fn pick(&self, named: Option<&ModelName>) -> Result<String, Error> {
        if named.is_some() {
            return self.choice.pick(named).await;
        }
        let chosen = self.transcript.chosen_model().await;
        self.choice.pick(chosen.as_ref()).await
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

    fn open(&self, ask: Ask) -> Opening {
        AbortOnDropHandle::new(tokio::spawn(self.model.answer(ask).in_current_span()))
    }

    /// Answers off the record: once, and without actions.
    fn write(&self, started: Event, asked: Instant, turn: Turn, pieces: Opening) -> Events {
        let (events, receiver) = mpsc::channel(QUEUE);
        let answer = Answer {
            row: None,
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

    /// Answers on the record, and does what the answer asks for.
    fn exchange(
        &self,
        ask: Ask,
        question: i64,
        origin: Origin,
        begun: Begun,
        turn: Turn,
    ) -> Events {
        let (events, receiver) = mpsc::channel(QUEUE);
        let exchange = Exchange {
            model: self.model.clone(),
            actions: self.actions.clone(),
            transcript: self.transcript.clone(),
            limits: self.limits,
            shutdown: self.shutdown.clone(),
            events,
            quoted: Quoted::of(&ask.said),
            ask,
            question,
            origin,
            taken: HashSet::new(),
            repaired: false,
        };
        self.answers
            .spawn(exchange.run(begun, turn).in_current_span());
        Events::new(receiver)
    }
}

/// A request to the model that goes on by itself and ends when this is dropped.
pub(crate) type Opening = AbortOnDropHandle<Result<Pieces, Error>>;
