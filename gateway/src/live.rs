//! Changes as they happen: one Watch stream from storage, any number of pages on `/sse`.
//!
//! Events carry topics and ids, never content; a page fetches anew what it shows. Each event has the number of its
//! change, and the last 1,024 are kept, so a page that comes back with `Last-Event-ID` misses nothing.
use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{self, KeepAlive, Sse},
};
use futures::{Stream, StreamExt as _, stream};
use proto::storage::{
    WatchChangesRequest, change_service_client::ChangeServiceClient,
    watch_changes_response::Event as Watched,
};
use runtime::grpc::Client;
use tokio::sync::broadcast;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_util::sync::CancellationToken;

use crate::Gateway;

/// Changes kept for pages that reconnect.
const KEPT: usize = 1024;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Something every open page should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A row changed.
    Changed {
        /// Number of the change.
        seq: i64,
        /// Table of the row.
        topic: String,
        /// Key of the row.
        id: String,
    },
    /// Too much was missed: fetch everything anew.
    Resync {
        /// Number of the last change there is.
        head: i64,
    },
    /// Storage is away; what pages show may be old.
    Lost,
    /// Storage is back.
    Back,
}

/// The hub between storage and the pages.
#[derive(Clone, Debug)]
pub struct Live(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    events: broadcast::Sender<Event>,
    log: Mutex<Log>,
}

/// What was seen last.
#[derive(Debug, Default)]
struct Log {
    head: Option<i64>,
    kept: VecDeque<Event>,
    connected: bool,
}

impl Live {
    /// Starts watching storage, until `shutdown` fires.
    pub fn watch(changes: ChangeServiceClient<Client>, shutdown: CancellationToken) -> Self {
        let live = Self(Arc::new(Hub {
            events: broadcast::channel(KEPT).0,
            log: Mutex::default(),
        }));
        let watcher = live.clone();
        tokio::spawn(shutdown.run_until_cancelled_owned(async move {
            watcher.run(changes).await;
        }));
        live
    }

    /// Returns the events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    async fn run(&self, mut changes: ChangeServiceClient<Client>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let after = self.log().head;
            if let Ok(answer) = changes.watch_changes(WatchChangesRequest { after }).await {
                self.publish(Event::Back);
                pause = FIRST_PAUSE;
                let mut events = answer.into_inner();
                while let Ok(Some(message)) = events.message().await {
                    self.publish_watched(message.event);
                }
            }
            self.publish(Event::Lost);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn publish_watched(&self, event: Option<Watched>) {
        match event {
            Some(Watched::Change(change)) => self.publish(Event::Changed {
                seq: change.seq,
                topic: change.topic,
                id: change.id,
            }),
            Some(Watched::Resync(resync)) => self.publish(Event::Resync { head: resync.head }),
            None => {}
        }
    }

    /// Notes an event and sends it on, both under one lock, so that a page that asks in between gets it exactly once.
    fn publish(&self, event: Event) {
        let mut log = self.log();
        if log.note(&event) {
            let _ = self.0.events.send(event); // nobody listening is fine
        }
    }

    /// Returns what a page must hear first and then the events that follow without a gap.
    fn join(&self, last_seen: Option<i64>) -> (Vec<sse::Event>, broadcast::Receiver<Event>) {
        let log = self.log();
        (log.greeting(last_seen), self.subscribe())
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0
            .log
            .lock()
            .expect("no code panics while it holds the log")
    }
}

impl Log {
    /// Returns whether the event is news.
    fn note(&mut self, event: &Event) -> bool {
        match event {
            Event::Changed { seq, .. } => {
                if self.kept.len() == KEPT {
                    self.kept.pop_front();
                }
                self.kept.push_back(event.clone());
                self.head = Some(*seq);
                true
            }
            Event::Resync { head } => {
                // The first answer after our own start: nothing was missed by pages that had nothing.
                self.kept.clear();
                self.head = Some(*head);
                true
            }
            Event::Lost => std::mem::replace(&mut self.connected, false),
            Event::Back => !std::mem::replace(&mut self.connected, true),
        }
    }

    fn greeting(&self, last_seen: Option<i64>) -> Vec<sse::Event> {
        let head = self.head.unwrap_or_default();
        // The id alone fires nothing, yet gives the page a place to come back to.
        let mut greeting = vec![
            sse::Event::default()
                .id(head.to_string())
                .retry(Duration::from_millis(500)),
        ];
        match last_seen {
            None => {}
            Some(seen) if seen == head => {}
            Some(seen) => match self.since(seen) {
                Some(missed) => greeting.extend(missed.filter_map(wire)),
                None => greeting.extend(wire(&Event::Resync { head })),
            },
        }
        if !self.connected {
            greeting.extend(wire(&Event::Lost));
        }
        greeting
    }

    /// Returns the changes after number `seen`; absent when some of them are no longer kept.
    fn since(&self, seen: i64) -> Option<impl Iterator<Item = &Event>> {
        let position = self
            .kept
            .iter()
            .position(|event| matches!(event, Event::Changed { seq, .. } if *seq == seen + 1))?;
        Some(self.kept.iter().skip(position))
    }
}

/// Returns the wire form of an event.
fn wire(event: &Event) -> Option<sse::Event> {
    Some(match event {
        Event::Changed { seq, topic, id } => sse::Event::default()
            .id(seq.to_string())
            .event(topic)
            .data(id.replace(['\n', '\r'], " ")),
        Event::Resync { head } => sse::Event::default()
            .id(head.to_string())
            .event("resync")
            .data(head.to_string()),
        Event::Lost => sse::Event::default().event("storage-lost").data("storage"),
        Event::Back => sse::Event::default().event("storage-back").data("storage"),
    })
}

/// Streams events to a page: one connection each.
pub async fn sse(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let last_seen = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let (greeting, events) = gateway.live.join(last_seen);
    let live = gateway.live.clone();
    let events = BroadcastStream::new(events).filter_map(move |event| {
        let event = match event {
            Ok(event) => event,
            // This page reads too slowly for what happens; let it start over.
            Err(BroadcastStreamRecvError::Lagged(_)) => Event::Resync {
                head: live.log().head.unwrap_or_default(),
            },
        };
        std::future::ready(wire(&event).map(Ok))
    });
    let all = stream::iter(greeting.into_iter().map(Ok))
        .chain(events)
        .take_until(gateway.shutdown.clone().cancelled_owned());
    Sse::new(all).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(seq: i64) -> Event {
        Event::Changed {
            seq,
            topic: "task".to_owned(),
            id: "7".to_owned(),
        }
    }

    fn log_of(seqs: std::ops::RangeInclusive<i64>) -> Log {
        let mut log = Log::default();
        log.note(&Event::Back);
        for seq in seqs {
            log.note(&changed(seq));
        }
        log
    }

    fn said(log: &Log, last_seen: Option<i64>) -> Vec<String> {
        log.greeting(last_seen)
            .into_iter()
            .map(|event| format!("{event:?}"))
            .collect()
    }

    #[test]
    fn a_page_that_comes_back_hears_what_it_missed_once() {
        let log = log_of(1..=9);
        assert_eq!(log.since(6).expect("kept").count(), 3);
        assert_eq!(said(&log, Some(9)).len(), 1);
        assert_eq!(said(&log, Some(6)).len(), 4);
    }

    #[test]
    fn a_page_that_missed_too_much_starts_over() {
        let log = log_of(1..=(KEPT as i64 + 10));
        assert!(log.since(2).is_none());
        assert!(said(&log, Some(2))[1].contains("resync"));
        assert!(said(&log, Some(99_999))[1].contains("resync"));
    }

    #[test]
    fn a_page_that_opens_while_storage_is_away_is_told() {
        let mut log = log_of(1..=1);
        assert!(log.note(&Event::Lost));
        assert!(!log.note(&Event::Lost), "said twice");
        assert!(said(&log, Some(1))[1].contains("storage-lost"));
    }
}
