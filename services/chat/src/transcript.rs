//! The conversation as storage keeps it.
//!
//! An answer without a word is not worth a row: it is deleted when it ends, so that nothing empty is left behind.
use std::time::Duration;

use proto::storage::{
    self as pb, GetSettingRequest, MessageState, Role, UpdateMessageRequest,
    message_service_client::MessageServiceClient, setting_service_client::SettingServiceClient,
};
use runtime::{addr::Addr, grpc::Client};
use tokio::time::sleep;

use crate::{
    context::TURNS,
    error::Error,
    model::{Done, Said, Speaker, Usage},
};

const PICKED_PROFILE: &str = "last_profile_id";
/// Time between two tries to reach storage.
const PAUSE: Duration = Duration::from_millis(300);

/// Reads and writes the conversation.
#[derive(Clone)]
pub(crate) struct Transcript {
    messages: MessageServiceClient<Client>,
    settings: SettingServiceClient<Client>,
}

/// What came before a question.
pub(crate) struct Before {
    /// Number of the last message.
    pub(crate) last: Option<i64>,
    /// What was said.
    pub(crate) said: Vec<Said>,
}

impl Transcript {
    pub(crate) fn new(storage: &Addr) -> Self {
        let client = Client::new(storage, "chat");
        Self {
            messages: MessageServiceClient::new(client.clone()),
            settings: SettingServiceClient::new(client),
        }
    }

    /// Returns the profile a conversation belongs to: the named one, else the one picked in the top bar, else 0.
    pub(crate) async fn profile(&self, named: Option<i64>) -> Result<i64, Error> {
        if let Some(profile) = named {
            return Ok(profile);
        }
        let request = GetSettingRequest {
            key: PICKED_PROFILE.to_owned(),
        };
        match self
            .settings
            .clone()
            .get_setting(request)
            .await
            .map_err(Error::from)
        {
            Ok(answer) => Ok(answer
                .into_inner()
                .setting
                .and_then(|setting| setting.value.parse().ok())
                .unwrap_or(0)),
            Err(e) if e.says_missing() => Ok(0),
            Err(e) => Err(e),
        }
    }

    /// Returns the newest part of a profile's conversation.
    pub(crate) async fn before(&self, profile: Option<i64>) -> Result<Before, Error> {
        let request = pb::ListMessagesRequest {
            profile_id: profile,
            page_size: i32::try_from(TURNS).unwrap_or(i32::MAX),
            ..Default::default()
        };
        let rows = self
            .messages
            .clone()
            .list_messages(request)
            .await?
            .into_inner()
            .messages;
        Ok(Before {
            last: rows.last().map(|row| row.id),
            said: rows.into_iter().filter_map(said).collect(),
        })
    }

    /// Stores a question and returns its number.
    pub(crate) async fn ask(
        &self,
        profile: Option<i64>,
        app: &str,
        text: &str,
        parent: Option<i64>,
    ) -> Result<i64, Error> {
        self.create(pb::CreateMessageRequest {
            parent_id: parent,
            profile_id: profile,
            app: app.to_owned(),
            role: Role::User.into(),
            text: text.to_owned(),
            state: MessageState::Done.into(),
            ..Default::default()
        })
        .await
    }

    /// Stores the beginning of an answer, without text so far, and returns its number.
    pub(crate) async fn begin(
        &self,
        profile: Option<i64>,
        app: &str,
        model: &str,
        question: i64,
    ) -> Result<i64, Error> {
        self.create(pb::CreateMessageRequest {
            parent_id: Some(question),
            profile_id: profile,
            app: app.to_owned(),
            role: Role::Assistant.into(),
            model: model.to_owned(),
            state: MessageState::Streaming.into(),
            ..Default::default()
        })
        .await
    }

    /// Saves what was written so far.
    pub(crate) async fn save(&self, answer: i64, text: String) -> Result<(), Error> {
        self.update(UpdateMessageRequest {
            id: Some(answer),
            text: Some(text),
            ..Default::default()
        })
        .await
    }

    /// Stores a whole answer.
    pub(crate) async fn finish(&self, answer: i64, text: &str, done: Done) -> Result<(), Error> {
        self.patiently(|| {
            self.update(UpdateMessageRequest {
                id: Some(answer),
                text: Some(text.to_owned()),
                usage: Some(usage(done.usage)),
                state: state(done).into(),
                ..Default::default()
            })
        })
        .await
    }

    /// Stores what there is of an answer that broke off.
    pub(crate) async fn interrupt(&self, answer: i64, text: &str) -> Result<(), Error> {
        self.patiently(|| async {
            if text.is_empty() {
                return self.delete(answer).await;
            }
            self.update(UpdateMessageRequest {
                id: Some(answer),
                text: Some(text.to_owned()),
                state: MessageState::Interrupted.into(),
                ..Default::default()
            })
            .await
        })
        .await
    }

    /// Ends the answers that a dead process left unfinished and returns how many there were. There is one chat process
    /// per storage, so before its first answer every unfinished one is dead.
    pub(crate) async fn mend(&self) -> Result<usize, Error> {
        let request = pb::ListMessagesRequest {
            all_profiles: true,
            state: MessageState::Streaming.into(),
            page_size: 1000,
            ..Default::default()
        };
        let rows = self
            .messages
            .clone()
            .list_messages(request)
            .await?
            .into_inner()
            .messages;
        for row in &rows {
            self.interrupt(row.id, &row.text).await?;
        }
        Ok(rows.len())
    }

    async fn create(&self, request: pb::CreateMessageRequest) -> Result<i64, Error> {
        let answer = self.messages.clone().create_message(request).await?;
        Ok(answer.into_inner().message.map_or(0, |row| row.id))
    }

    async fn update(&self, request: UpdateMessageRequest) -> Result<(), Error> {
        self.messages.clone().update_message(request).await?;
        Ok(())
    }

    async fn delete(&self, answer: i64) -> Result<(), Error> {
        let request = pb::DeleteMessageRequest { id: Some(answer) };
        self.messages.clone().delete_message(request).await?;
        Ok(())
    }

    /// Does what may be done twice until storage answers: an end that is not stored would look like an answer that
    /// goes on for ever. A row that somebody deleted meanwhile is fine.
    async fn patiently<F>(&self, work: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        loop {
            match work().await {
                Err(e) if e.says_missing() => return Ok(()),
                Err(e) if e.says_away() => sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
    }
}

/// Returns what a row says to the model; results of tools are not part of the conversation yet.
fn said(row: pb::Message) -> Option<Said> {
    let by = match row.role() {
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        Role::System => Speaker::System,
        Role::Tool | Role::Unspecified => return None,
    };
    Some(Said { by, text: row.text })
}

/// Returns the state of an answer that came to its end.
pub(crate) fn state(done: Done) -> MessageState {
    if done.cut {
        MessageState::Interrupted
    } else {
        MessageState::Done
    }
}

/// Returns the wire form of what an answer cost.
pub(crate) fn usage(usage: Usage) -> pb::Usage {
    pb::Usage {
        prompt_tokens: usage.prompt_tokens,
        reply_tokens: usage.reply_tokens,
        load_ms: usage.load_ms,
        first_token_ms: usage.first_token_ms,
        reply_ms: usage.reply_ms,
    }
}
