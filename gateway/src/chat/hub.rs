//! Answers under way, and the frames that tell every page about them.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use futures::TryStreamExt as _;
use proto::{
    chat::{ConverseRequest, Delta, RegenerateRequest, Started, converse_response::Event as Said},
    storage::{GetMessageRequest, ListMessagesRequest, Message, MessageState, Role},
};
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::{pull::Pull, turn::Turn, view};
use crate::{
    clients::Clients,
    live::{Event, Live},
    page::{self, Place},
};

/// Frames a slow page may lag behind before it starts over.
const FRAMES: usize = 4096;
/// Messages a page shows when it opens.
const SHOWN: i32 = 50;

/// Something every page with the conversation should show.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// For pages that show this profile's conversation: text to send as it is.
    Say(i64, Arc<str>),
    /// For every page, whatever it shows.
    Tell(Arc<str>),
    /// Another profile was picked.
    Switch,
    /// Fetch the whole conversation anew.
    Reload,
}

/// The hub of the conversation.
#[derive(Clone, Debug)]
pub struct Chat(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    clients: Clients,
    frames: broadcast::Sender<Frame>,
    answers: Mutex<HashMap<i64, Answer>>,
    pull: Mutex<Option<Pull>>,
    shutdown: CancellationToken,
}

/// An answer under way, by profile.
#[derive(Clone, Debug, Default)]
struct Answer {
    /// Number of the stored answer; 0 until the model was asked.
    id: i64,
    text: String,
    stop: CancellationToken,
}

impl Chat {
    /// Starts the hub, which follows `live` until `shutdown` fires.
    pub fn new(clients: Clients, live: &Live, shutdown: CancellationToken) -> Self {
        let chat = Self(Arc::new(Hub {
            clients,
            frames: broadcast::channel(FRAMES).0,
            answers: Mutex::default(),
            pull: Mutex::default(),
            shutdown: shutdown.clone(),
        }));
        let follower = chat.clone();
        let events = live.subscribe();
        tokio::spawn(shutdown.run_until_cancelled_owned(async move {
            follower.follow(events).await;
        }));
        chat
    }

    /// Asks the model on behalf of a page; what it says goes to every page. Returns at once.
    pub fn ask(&self, profile_id: i64, place: Place, text: String) {
        let request = ConverseRequest {
            text,
            profile_id: (profile_id != 0).then_some(profile_id),
            app: place.app,
            workflow: place.workflow,
            run: place.run,
            ..ConverseRequest::default()
        };
        self.take(profile_id, Turn::Ask(request));
    }

    /// Has the last answer given anew, by the picked model when none is named. Returns at once.
    pub fn again(&self, profile_id: i64, answer: i64, model: String) {
        let request = RegenerateRequest {
            message_id: Some(answer),
            model,
        };
        self.take(profile_id, Turn::Again(request));
    }

    fn take(&self, profile_id: i64, turn: Turn) {
        let stop = self.0.shutdown.child_token();
        {
            let mut answers = self.answers();
            if answers.contains_key(&profile_id) {
                drop(answers);
                self.note(
                    profile_id,
                    "The model is still answering; stop it first or wait for the end.",
                );
                return;
            }
            answers.insert(
                profile_id,
                Answer {
                    stop: stop.clone(),
                    ..Answer::default()
                },
            );
        }
        let chat = self.clone();
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = chat.hear(profile_id, turn) => ended,
                () = stop.cancelled() => Ok(()), // dropping the call is what stops the model
            };
            chat.finish(profile_id, ended).await;
        });
    }

    /// Stops the answer under way, if there is one.
    pub fn stop(&self, profile_id: i64) {
        if let Some(answer) = self.answers().get(&profile_id) {
            answer.stop.cancel();
        }
    }

    /// Returns the newest messages of a conversation, or those from number `from` on, with the answer under way as it
    /// stands, and the frames that follow without a gap.
    ///
    /// # Errors
    /// Passes on what storage says.
    pub(super) async fn join(
        &self,
        profile_id: i64,
        from: Option<i64>,
    ) -> Result<(Vec<Message>, broadcast::Receiver<Frame>), Status> {
        let (answer, frames) = {
            // Deltas are added and sent under this lock: each is either in the copy or among the frames.
            let answers = self.answers();
            (answers.get(&profile_id).cloned(), self.0.frames.subscribe())
        };
        let mut messages = self.messages(profile_id, from).await?;
        if let Some(answer) = answer.filter(|answer| answer.id != 0) {
            for message in messages
                .iter_mut()
                .filter(|message| message.id == answer.id)
            {
                message.text.clone_from(&answer.text);
                message.state = MessageState::Streaming.into();
            }
        }
        Ok((messages, frames))
    }

    /// Returns the newest messages of a conversation, with the answer under way as it stands.
    ///
    /// # Errors
    /// Passes on what storage says.
    pub async fn newest(&self, profile_id: i64) -> Result<Vec<Message>, Status> {
        Ok(self.join(profile_id, None).await?.0)
    }

    /// Returns the frames from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Frame> {
        self.0.frames.subscribe()
    }

    async fn messages(&self, profile_id: i64, from: Option<i64>) -> Result<Vec<Message>, Status> {
        let request = ListMessagesRequest {
            profile_id: Some(profile_id),
            after_id: from.map(|id| id - 1),
            page_size: if from.is_some() { 1000 } else { SHOWN },
            ..ListMessagesRequest::default()
        };
        let answer = self
            .0
            .clients
            .messages
            .clone()
            .list_messages(request)
            .await?;
        Ok(answer.into_inner().messages)
    }

    async fn hear(&self, profile_id: i64, turn: Turn) -> Result<(), Status> {
        let mut said = turn.begin(&self.0.clients).await?;
        while let Some(event) = said.try_next().await? {
            match event {
                Said::Started(started) => self.started(profile_id, &started).await,
                Said::Delta(delta) => self.delta(profile_id, &delta),
                Said::Finished(_) => self.finished(profile_id).await,
            }
        }
        Ok(())
    }

    async fn started(&self, profile_id: i64, started: &Started) {
        // From here on its words come from us alone: a quick answer may be complete in storage before they went out.
        if let Some(answer) = self.answers().get_mut(&profile_id) {
            answer.id = started.answer_id;
            answer.text.clear(); // after an action a new answer begins in the same turn
        }
        // Shown before any of its words are sent: a page appends words only to what it has.
        self.show(started.question_id).await;
        let empty = Message {
            id: started.answer_id,
            profile_id,
            role: Role::Assistant.into(),
            state: MessageState::Streaming.into(),
            ..Message::default()
        };
        self.say(profile_id, view::upsert(&empty));
    }

    fn delta(&self, profile_id: i64, delta: &Delta) {
        let mut answers = self.answers();
        let Some(answer) = answers.get_mut(&profile_id) else {
            return;
        };
        answer.text.push_str(&delta.text);
        // Thoughts are shown while they come and kept nowhere.
        for (kind, text) in [("thinking", &delta.thinking), ("delta", &delta.text)] {
            if !text.is_empty() {
                let frame = json!({ "k": kind, "id": answer.id, "text": text });
                self.send(Frame::Say(profile_id, frame.to_string().into()));
            }
        }
    }

    /// Shows an answer as it is stored, now that its words are complete; after an action another may follow.
    async fn finished(&self, profile_id: i64) {
        let id = match self.answers().get_mut(&profile_id) {
            Some(answer) => std::mem::take(&mut answer.id),
            None => 0,
        };
        if id != 0 {
            self.show(id).await;
        }
    }

    /// Ends the turn: shows an answer that was cut short as it is stored, and says why if that was no good.
    async fn finish(&self, profile_id: i64, ended: Result<(), Status>) {
        let answer = self.answers().remove(&profile_id);
        if let Err(status) = ended {
            if status.code() == Code::Internal {
                tracing::error!(error = %status, "conversation failed");
            }
            let sentence = crate::error::Error::from(status).sentence();
            self.note(profile_id, &sentence);
        }
        if let Some(answer) = answer.filter(|answer| answer.id != 0) {
            self.show(answer.id).await;
        }
        self.say(profile_id, view::ready());
    }

    /// Pushes a message as it is stored now. One that is gone, as an answer without a word is, goes from the pages too.
    async fn show(&self, id: i64) {
        let request = GetMessageRequest { id: Some(id) };
        match self.0.clients.messages.clone().get_message(request).await {
            Ok(answer) => {
                let message = answer.into_inner().message.unwrap_or_default();
                self.say(message.profile_id, view::upsert(&message));
            }
            Err(status) if status.code() == Code::NotFound => self.gone(id),
            Err(_) => {} // storage is away; a resync follows
        }
    }

    /// Pushes one sentence that is no part of the conversation.
    pub(super) fn note(&self, profile_id: i64, sentence: &str) {
        self.say(profile_id, view::note(sentence));
    }

    /// Follows what storage says about messages and the picked profile.
    async fn follow(&self, mut events: broadcast::Receiver<Event>) {
        loop {
            match events.recv().await {
                Ok(Event::Changed { topic, id, .. }) if topic == "message" => {
                    self.changed(&id).await;
                }
                Ok(Event::Changed { topic, id, .. })
                    if topic == "setting" && id == page::CURRENT_PROFILE || topic == "profile" =>
                {
                    self.send(Frame::Switch);
                }
                Ok(Event::Resync { .. }) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.send(Frame::Reload);
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    async fn changed(&self, id: &str) {
        let Ok(id) = id.parse::<i64>() else { return };
        if self.under_way(id) {
            return; // its words go out as they come
        }
        let request = GetMessageRequest { id: Some(id) };
        match self.0.clients.messages.clone().get_message(request).await {
            Ok(answer) => {
                let message = answer.into_inner().message.unwrap_or_default();
                // Looked at again under the lock: it may have begun meanwhile, and this copy lacks its words.
                let answers = self.answers();
                if !answers.values().any(|answer| answer.id == id) {
                    self.say(message.profile_id, view::upsert(&message));
                }
            }
            Err(status) if status.code() == Code::NotFound => self.gone(id),
            Err(_) => {} // storage is away; a resync follows
        }
    }

    /// Takes a message that was deleted off every page that shows it.
    fn gone(&self, id: i64) {
        self.tell(&json!({ "k": "gone", "id": id }));
    }

    /// Tells every page something that its script understands.
    pub(super) fn tell(&self, what: &serde_json::Value) {
        self.send(Frame::Tell(what.to_string().into()));
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.0.clients
    }

    pub(super) fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    pub(super) fn pull_slot(&self) -> MutexGuard<'_, Option<Pull>> {
        let pull = self.0.pull.lock();
        pull.expect("no code panics while it holds the pull")
    }

    fn under_way(&self, id: i64) -> bool {
        self.answers().values().any(|answer| answer.id == id)
    }

    fn say(&self, profile_id: i64, html: maud::Markup) {
        self.send(Frame::Say(profile_id, html.into_string().into()));
    }

    fn send(&self, frame: Frame) {
        let _ = self.0.frames.send(frame); // no page open is fine
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<i64, Answer>> {
        self.0
            .answers
            .lock()
            .expect("no code panics while it holds the answers")
    }
}
