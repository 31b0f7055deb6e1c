//! An answer while it is written: passed on at once, saved every second, stored when it ends - however it ends.
use std::{error::Error as StdError, time::Instant};

use futures::StreamExt as _;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Limits,
    conversation::Opening,
    error::Error,
    model::{Call, Done, Piece},
    transcript::Transcript,
    turns::Turn,
    written::Written,
};

/// What happens to the answers to a question, in order; the stream ends after the last `Finished` or an error.
pub type Events = ReceiverStream<Result<Event, Error>>;

/// One thing that happens to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The question is stored and the model was asked.
    Started {
        /// Number of the question; 0 off the record.
        question: i64,
        /// Number of the answer; 0 off the record.
        answer: i64,
        /// The model that answers.
        model: String,
    },
    /// There is more of it.
    More {
        /// Text to append.
        text: String,
        /// Thoughts to append.
        thinking: String,
    },
    /// It is complete.
    Finished {
        /// The whole text.
        text: String,
        /// How it ended and what it cost.
        done: Done,
    },
}

/// An answer that came to its end and is stored.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) text: String,
    /// What the model calls, apart from what stands in the text.
    pub(crate) calls: Vec<Call>,
    pub(crate) done: Done,
}

impl Whole {
    /// Returns what the reader hears of it.
    pub(crate) fn finished(self) -> Event {
        Event::Finished {
            text: self.text,
            done: self.done,
        }
    }
}

/// An answer being written.
pub(crate) struct Answer {
    /// Where it is kept; none off the record.
    pub(crate) row: Option<i64>,
    /// When the question came.
    pub(crate) asked: Instant,
    pub(crate) limits: Limits,
    pub(crate) transcript: Transcript,
    pub(crate) shutdown: CancellationToken,
    pub(crate) events: mpsc::Sender<Result<Event, Error>>,
}

impl Answer {
    /// Writes the only answer to its end. The turn is over before the reader hears of the end.
    pub(crate) async fn run(self, started: Event, pieces: Opening, turn: Turn) {
        let end = self.whole(started, pieces).await;
        drop(turn);
        let _ = self.events.send(end.map(Whole::finished)).await; // nobody may be there to hear it
    }

    /// Writes the answer to its end and stores it.
    pub(crate) async fn whole(&self, started: Event, pieces: Opening) -> Result<Whole, Error> {
        let written = Written::default();
        let over = CancellationToken::new();
        let writing = async {
            let end = self.write(started, pieces, &written).await;
            over.cancel();
            end
        };
        // Joined, not raced: a saving under way must not overtake the final one.
        let (end, ()) = tokio::join!(writing, self.save_regularly(&written, &over));
        self.settle(end, &written).await
    }

    /// Passes pieces on until the end, and drops the request to the model then, whatever ended it.
    async fn write(
        &self,
        started: Event,
        pieces: Opening,
        written: &Written,
    ) -> Result<Done, Error> {
        let passing = async {
            self.send(started).await?;
            self.pass_on(pieces, written).await
        };
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Err(Error::Stopping),
            () = self.events.closed() => Err(Error::Left),
            () = sleep(self.limits.overall) => Err(Error::TooSlow(self.limits.overall)),
            end = passing => end,
        }
    }

    async fn pass_on(&self, pieces: Opening, written: &Written) -> Result<Done, Error> {
        let mut pieces = pieces.await??;
        let mut next = pieces.next().await; // as late as it likes, see `Limits::idle`
        loop {
            let piece = next.ok_or_else(|| Error::Cut {
                reason: "the model server ended it without a word".to_owned(),
            })??;
            let done = piece.done;
            let full = self.add(piece, written).await?;
            if let Some(done) = done.or(full) {
                return Ok(done);
            }
            next = timeout(self.limits.idle, pieces.next())
                .await
                .map_err(|_| Error::Silent(self.limits.idle))?;
        }
    }

    /// Keeps a piece and passes it on; returns the end when there is no room for more.
    async fn add(&self, piece: Piece, written: &Written) -> Result<Option<Done>, Error> {
        let Piece {
            text,
            thinking,
            calls,
            ..
        } = piece;
        written.call(calls);
        if text.is_empty() && thinking.is_empty() {
            return Ok(None);
        }
        let kept = written.add(text, self.limits.answer_chars);
        self.send(Event::More {
            text: kept.text,
            thinking,
        })
        .await?;
        Ok(kept.full.then(|| Done {
            cut: true,
            ..Done::default()
        }))
    }

    async fn send(&self, event: Event) -> Result<(), Error> {
        self.events.send(Ok(event)).await.map_err(|_| Error::Left)
    }

    /// Saves what is written so far again and again, so that a killed process loses a second of it at most.
    async fn save_regularly(&self, written: &Written, over: &CancellationToken) {
        let Some(row) = self.row else { return };
        let mut saved = 0;
        let pause = || over.run_until_cancelled(sleep(self.limits.save_every));
        while pause().await.is_some() {
            let text = written.text();
            if text.len() == saved {
                continue;
            }
            let length = text.len();
            match self.transcript.save(row, text).await {
                Ok(()) => saved = length,
                Err(e) => {
                    tracing::warn!(error = &e as &dyn StdError, answer.id = row, "not saved");
                }
            }
        }
    }

    /// Stores the end.
    async fn settle(&self, end: Result<Done, Error>, written: &Written) -> Result<Whole, Error> {
        self.log(&end, written);
        let text = written.text();
        match end {
            Ok(mut done) => {
                done.usage.first_token_ms = written.first_token_ms(self.asked);
                if let Some(row) = self.row {
                    self.stored(row, self.transcript.finish(row, &text, done).await)?;
                }
                Ok(Whole {
                    text,
                    calls: written.calls(),
                    done,
                })
            }
            Err(why) => {
                if let Some(row) = self.row {
                    // The reader hears why the answer ended, whatever storage says.
                    let _ = self.stored(row, self.transcript.interrupt(row, &text).await);
                }
                Err(why)
            }
        }
    }

    fn stored(&self, row: i64, outcome: Result<(), Error>) -> Result<(), Error> {
        if let Err(e) = &outcome {
            tracing::error!(
                error = e as &dyn StdError,
                answer.id = row,
                "end not stored"
            );
        }
        outcome
    }

    fn log(&self, end: &Result<Done, Error>, written: &Written) {
        let answer = self.row.unwrap_or(0);
        let (duration_ms, first_token_ms) = (ms(self.asked), written.first_token_ms(self.asked));
        match end {
            Ok(Done { usage, cut }) => tracing::info!(
                answer.id = answer,
                duration_ms,
                first_token_ms,
                tokens = usage.reply_tokens,
                cut,
                "answered"
            ),
            Err(Error::Left) => {
                tracing::info!(answer.id = answer, duration_ms, first_token_ms, "stopped");
            }
            Err(e) => tracing::warn!(
                error = e as &dyn StdError,
                answer.id = answer,
                duration_ms,
                "cut short"
            ),
        }
    }
}

fn ms(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
}
