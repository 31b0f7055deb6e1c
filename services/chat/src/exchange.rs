//! A question to its end: an answer, the actions in it, another answer to what came of them, and so on.
use std::{collections::HashSet, sync::Arc, time::Instant};

use proto::storage::{Action, ActionState};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument as _;

use crate::{
    actions::{Actions, By, Origin, Quoted, scan, sentence, shortened},
    answer::{Answer, Event, Whole},
    config::Limits,
    conversation::Opening,
    error::Error,
    model::{Ask, Call, Model, Round},
    transcript::Transcript,
    turns::Turn,
};

/// Answers to what came of actions, for one question.
const MOST_ROUNDS: usize = 3;
/// Characters of a result that the model reads.
const RESULT: usize = 4_000;

/// A question being answered.
pub(crate) struct Exchange {
    pub(crate) model: Arc<dyn Model>,
    pub(crate) actions: Actions,
    pub(crate) transcript: Transcript,
    pub(crate) limits: Limits,
    pub(crate) shutdown: CancellationToken,
    pub(crate) events: mpsc::Sender<Result<Event, Error>>,
    /// What the model is asked; it grows with every round.
    pub(crate) ask: Ask,
    /// Number of the question.
    pub(crate) question: i64,
    /// Where its actions come from.
    pub(crate) origin: Origin,
    /// What is not the model's own.
    pub(crate) quoted: Quoted,
    /// Actions that were taken and are not taken again.
    pub(crate) taken: HashSet<String>,
    /// Whether the model was told once what is wrong with an action.
    pub(crate) repaired: bool,
}

/// An answer that was begun.
pub(crate) struct Begun {
    pub(crate) row: i64,
    pub(crate) asked: Instant,
    pub(crate) pieces: Opening,
}

enum Next {
    /// The model answers once more.
    Answer(Begun),
    /// That was all; what the reader has not heard yet.
    End(Option<Result<Event, Error>>),
}

impl Exchange {
    /// Answers to the end. The turn is over before the reader hears of it.
    pub(crate) async fn run(mut self, mut begun: Begun, turn: Turn) {
        let last = loop {
            match self.round(begun).await {
                Next::Answer(next) => begun = next,
                Next::End(last) => break last,
            }
        };
        drop(turn);
        if let Some(last) = last {
            let _ = self.events.send(last).await; // nobody may be there to hear it
        }
    }

    async fn round(&mut self, begun: Begun) -> Next {
        let row = begun.row;
        let whole = match self.answer(begun).await {
            Ok(whole) => whole,
            Err(why) => return Next::End(Some(Err(why))),
        };
        let calls = self.asked_for(&whole);
        if calls.is_empty() || self.ask.rounds.len() == MOST_ROUNDS {
            let too_many = !calls.is_empty();
            let noted = if too_many {
                self.note_the_limit(row).await
            } else {
                Ok(())
            };
            return Next::End(Some(noted.map(|()| whole.finished())));
        }
        // The reader has the whole answer while its actions run.
        let _ = self.events.send(Ok(whole.clone().finished())).await;
        let shutdown = self.shutdown.clone();
        let acted = async {
            match self.act(whole, calls, row).await? {
                Some(round) => self.follow(round).await.map(Next::Answer),
                None => Ok(Next::End(None)),
            }
        };
        match shutdown.run_until_cancelled(acted).await {
            Some(next) => next.unwrap_or_else(|why| Next::End(Some(Err(why)))),
            None => Next::End(Some(Err(Error::Stopping))),
        }
    }

    async fn answer(&self, begun: Begun) -> Result<Whole, Error> {
        let answer = Answer {
            row: Some(begun.row),
            asked: begun.asked,
            limits: self.limits,
            transcript: self.transcript.clone(),
            shutdown: self.shutdown.clone(),
            events: self.events.clone(),
        };
        let started = Event::Started {
            question: self.question,
            answer: begun.row,
            model: self.ask.model.clone(),
        };
        answer.whole(started, begun.pieces).await
    }

    /// Returns the actions that an answer asks for: its own, new, each once. One that was cut asks for nothing.
    fn asked_for(&self, whole: &Whole) -> Vec<Call> {
        if whole.done.cut {
            return Vec::new();
        }
        let scanned = scan::calls(&whole.text).into_iter();
        let mut seen = HashSet::new();
        let mut calls = whole.calls.clone();
        calls.extend(scanned.filter(|call| self.actions.knows_target(call)));
        calls.retain(|call| {
            let key = call.key();
            !self.quoted.holds(call) && !self.taken.contains(&key) && seen.insert(key)
        });
        calls.truncate(scan::MOST);
        calls
    }

    /// Takes the actions of an answer. Returns what the model should read of them; nothing when it has to wait.
    async fn act(
        &mut self,
        whole: Whole,
        calls: Vec<Call>,
        row: i64,
    ) -> Result<Option<Round>, Error> {
        self.origin.parent = Some(row);
        let may_repair = !self.repaired;
        let mut goes_on = self.ask.format.is_none();
        let mut results = Vec::new();
        for call in calls {
            if self.events.is_closed() {
                return Ok(None); // whoever asked has stopped it
            }
            let told = match self.actions.check(&call) {
                Err(wrong) if may_repair => {
                    self.repaired = true;
                    goes_on = true;
                    format!(
                        "Action {} was not run: {wrong}. Write it again, corrected.",
                        call.tool
                    )
                }
                _ => {
                    let action = self.take(&call).await?;
                    goes_on &= action.state() != ActionState::Waiting;
                    told(&action)
                }
            };
            self.quoted.add(&told);
            results.push((call.tool, told));
        }
        Ok(goes_on.then_some(Round {
            text: whole.text,
            calls: whole.calls,
            results,
        }))
    }

    async fn take(&mut self, call: &Call) -> Result<Action, Error> {
        if !self.actions.only_reads(call) {
            self.taken.insert(call.key());
        }
        let card = self.actions.take(By::Model, call, &self.origin).await?;
        Ok(card.action.unwrap_or_default())
    }

    /// Asks the model again, with what came of its actions.
    async fn follow(&mut self, round: Round) -> Result<Begun, Error> {
        if self.events.is_closed() {
            return Err(Error::Left);
        }
        let asked = Instant::now();
        self.ask.rounds.push(round);
        let answer = self.model.answer(self.ask.clone());
        let pieces = AbortOnDropHandle::new(tokio::spawn(answer.in_current_span()));
        let Origin { profile, app, .. } = &self.origin;
        let row = self
            .transcript
            .begin(Some(*profile), app, &self.ask.model, self.question)
            .await?;
        Ok(Begun { row, asked, pieces })
    }

    async fn note_the_limit(&self, row: i64) -> Result<(), Error> {
        let text = format!(
            "The model was stopped: it went on to ask for actions after {MOST_ROUNDS} rounds of them."
        );
        let Origin { profile, app, .. } = &self.origin;
        let noted = self.transcript.note(Some(*profile), app, &text, Some(row));
        noted.await.map(drop)
    }
}

fn told(action: &Action) -> String {
    let sentence = sentence(action);
    match &*action.result {
        "" => sentence,
        result => format!("{sentence} Result: {}", shortened(result, RESULT)),
    }
}
