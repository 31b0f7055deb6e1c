//! The conversation as storage keeps it.
//!
//! An answer without a word is not worth a row: it is deleted when it ends, so that nothing empty is left behind.
use proto::storage::{
    self as pb, GetSettingRequest, MessageState, Role, SetSettingRequest, UpdateMessageRequest,
    message_service_client::MessageServiceClient, profile_service_client::ProfileServiceClient,
    setting_service_client::SettingServiceClient,
};
use runtime::{addr::Addr, grpc::Client};

use crate::{
    actions::sentence,
    config::ModelName,
    context::TURNS,
    error::Error,
    model::{Done, Said, Speaker, Usage},
    patience::patiently,
};

const PICKED_PROFILE: &str = "last_profile_id";
const LAST_APP: &str = "last_app_choice";
const CHOSEN_MODEL: &str = "chat.model";
const INTERRUPTED: &str =
    "interrupted by a restart; look whether it was done before you ask for it again";

/// Reads and writes the conversation.
#[derive(Clone)]
pub(crate) struct Transcript {
    messages: MessageServiceClient<Client>,
    profiles: ProfileServiceClient<Client>,
    settings: SettingServiceClient<Client>,
}

/// What came before a question.
pub(crate) struct Before {
    /// Number of the last message.
    pub(crate) last: Option<i64>,
    /// What was said.
    pub(crate) said: Vec<Said>,
}

/// The last message of a conversation.
pub(crate) struct Last {
    pub(crate) id: i64,
    /// Whether the app itself said it.
    pub(crate) by_app: bool,
    pub(crate) text: String,
}

impl Transcript {
    pub(crate) fn new(storage: &Addr) -> Self {
        let client = Client::new(storage, "chat");
        Self {
            messages: MessageServiceClient::new(client.clone()),
            profiles: ProfileServiceClient::new(client.clone()),
            settings: SettingServiceClient::new(client),
        }
    }

    /// Returns the profile a conversation belongs to: the named one, else the one picked in the top bar, else the first
    /// one that the menu shows, else 0. Storage goes by the same rule where no profile is named.
    pub(crate) async fn profile(&self, named: Option<i64>) -> Result<i64, Error> {
        if let Some(profile) = named {
            return Ok(profile);
        }
        let picked = self.setting(PICKED_PROFILE).await?;
        match picked.and_then(|value| value.parse().ok()) {
            Some(profile) => Ok(profile),
            None => self.first_profile().await,
        }
    }

    async fn first_profile(&self) -> Result<i64, Error> {
        let request = pb::ListProfilesRequest {
            active: Some(true),
            page_size: 1,
            ..Default::default()
        };
        let listed = self.profiles.clone().list_profiles(request).await?;
        let first = listed.into_inner().profiles.into_iter().next();
        Ok(first.map_or(0, |profile| profile.id))
    }

    /// Returns the slug of the app that was in front last.
    pub(crate) async fn last_app(&self) -> Result<Option<String>, Error> {
        self.setting(LAST_APP).await
    }

    /// Remembers the app that is in front.
    pub(crate) async fn remember_app(&self, slug: &str) -> Result<(), Error> {
        let request = SetSettingRequest {
            key: LAST_APP.to_owned(),
            value: slug.to_owned(),
        };
        self.settings.clone().set_setting(request).await?;
        Ok(())
    }

    /// Returns the model that a person chose in the page; none when storage is away.
    pub(crate) async fn chosen_model(&self) -> Option<ModelName> {
        let chosen = self.setting(CHOSEN_MODEL).await.ok().flatten()?;
        chosen.parse().ok()
    }

    /// Returns one message.
    pub(crate) async fn message(&self, id: i64) -> Result<pb::Message, Error> {
        let request = pb::GetMessageRequest { id: Some(id) };
        let answer = self.messages.clone().get_message(request).await?;
        Ok(answer.into_inner().message.unwrap_or_default())
    }

    /// Returns the newest messages of a profile's conversation, oldest first.
    pub(crate) async fn newest(&self, profile: Option<i64>) -> Result<Vec<pb::Message>, Error> {
        let request = pb::ListMessagesRequest {
            profile_id: profile,
            page_size: i32::try_from(TURNS).unwrap_or(i32::MAX),
            ..Default::default()
        };
        let listed = self.messages.clone().list_messages(request).await?;
        Ok(listed.into_inner().messages)
    }

    /// Deletes a message that another one takes the place of.
    pub(crate) async fn discard(&self, id: i64) -> Result<(), Error> {
        match self.delete(id).await {
            Err(e) if e.says_missing() => Ok(()),
            outcome => outcome,
        }
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, Error> {
        let request = GetSettingRequest {
            key: key.to_owned(),
        };
        let read = self.settings.clone().get_setting(request).await;
        match read.map_err(Error::from) {
            Ok(answer) => Ok(answer.into_inner().setting.map(|setting| setting.value)),
            Err(e) if e.says_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Returns the last message of a profile's conversation.
    pub(crate) async fn last(&self, profile: Option<i64>) -> Result<Option<Last>, Error> {
        let request = pb::ListMessagesRequest {
            profile_id: profile,
            page_size: 1,
            ..Default::default()
        };
        let listed = self.messages.clone().list_messages(request).await?;
        Ok(listed.into_inner().messages.pop().map(|row| Last {
            id: row.id,
            by_app: row.role() == Role::System,
            text: row.text,
        }))
    }

    /// Stores what the app itself says and returns its number.
    pub(crate) async fn note(
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
            role: Role::System.into(),
            text: text.to_owned(),
            state: MessageState::Done.into(),
            ..Default::default()
        })
        .await
    }

    /// Returns the newest part of a profile's conversation.
    pub(crate) async fn before(&self, profile: Option<i64>) -> Result<Before, Error> {
        let rows = self.newest(profile).await?;
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
        patiently(|| {
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
        patiently(|| async {
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
        let count = rows.len();
        for row in rows {
            match row.action {
                Some(action) => self.fail(row.id, action).await?,
                None => self.interrupt(row.id, &row.text).await?,
            }
        }
        Ok(count)
    }

    /// Ends an action that a dead process left running. Nobody knows how far it came, so it is never made again.
    async fn fail(&self, card: i64, mut action: pb::Action) -> Result<(), Error> {
        action.set_state(pb::ActionState::Failed);
        action.error = INTERRUPTED.to_owned();
        self.update(UpdateMessageRequest {
            id: Some(card),
            text: Some(sentence(&action)),
            state: MessageState::Done.into(),
            action: Some(action),
            ..Default::default()
        })
        .await
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
}

/// Returns what a row says to the model; of an action, how it ended.
pub(crate) fn said(row: pb::Message) -> Option<Said> {
    let by = match row.role() {
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        // What the app says is for the person; small models take it for the conversation.
        Role::System | Role::Unspecified => return None,
        Role::Tool => Speaker::System,
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
        context_tokens: usage.context_tokens,
    }
}
