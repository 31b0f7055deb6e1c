//! Cards: actions as messages of the conversation, so that every page shows them in the same state.
use proto::storage::{
    self as pb, Action, ActionState, CreateMessageRequest, GetMessageRequest, Message,
    MessageState, Role, UpdateMessageRequest, message_service_client::MessageServiceClient,
};
use runtime::grpc::Client;

use crate::{error::Error, patience::patiently};

/// Characters of a request that are repeated to the model.
const SHOWN: usize = 300;

/// Where in the conversation an action is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// Number of the profile; 0 when none is picked.
    pub(crate) profile: i64,
    /// Slug of the app in front.
    pub(crate) app: String,
    /// Number of the message that asks for it.
    pub(crate) parent: Option<i64>,
}

/// Stores cards.
#[derive(Clone)]
pub(crate) struct Cards(MessageServiceClient<Client>);

impl Cards {
    pub(crate) fn new(storage: Client) -> Self {
        Self(MessageServiceClient::new(storage))
    }

    /// Adds a card to the conversation.
    pub(crate) async fn create(&self, origin: &Origin, action: Action) -> Result<Message, Error> {
        let request = CreateMessageRequest {
            parent_id: origin.parent,
            profile_id: Some(origin.profile),
            app: origin.app.clone(),
            role: Role::Tool.into(),
            text: sentence(&action),
            state: message_state(&action).into(),
            action: Some(action),
            ..Default::default()
        };
        let created = self.0.clone().create_message(request).await?;
        Ok(created.into_inner().message.unwrap_or_default())
    }

    /// Writes an action anew. It waits until storage answers: an end that is not stored looks like an action that goes
    /// on for ever.
    pub(crate) async fn update(&self, id: i64, action: &Action) -> Result<Message, Error> {
        let request = UpdateMessageRequest {
            id: Some(id),
            text: Some(sentence(action)),
            state: message_state(action).into(),
            action: Some(action.clone()),
            ..Default::default()
        };
        let update = || async {
            let updated = self.0.clone().update_message(request.clone()).await?;
            Ok(updated.into_inner().message)
        };
        let gone = || Message {
            action: Some(action.clone()),
            ..Message::default()
        };
        Ok(patiently(update).await?.unwrap_or_else(gone))
    }

    /// Reads a card.
    pub(crate) async fn get(&self, id: i64) -> Result<(Message, Action), Error> {
        let request = GetMessageRequest { id: Some(id) };
        let read = self.0.clone().get_message(request).await?.into_inner();
        let message = read.message.unwrap_or_default();
        match message.action.clone() {
            Some(action) => Ok((message, action)),
            None => Err(Error::Invalid {
                field: "id",
                reason: "is a message without an action".to_owned(),
            }),
        }
    }
}

/// Returns what a card says where only text is shown, and to the model.
pub(crate) fn sentence(action: &Action) -> String {
    let request = shortened(&action.request, SHOWN);
    let outcome = match action.state() {
        ActionState::Waiting => "waits for the person's decision".to_owned(),
        ActionState::Running => "is running".to_owned(),
        ActionState::Done => "was done".to_owned(),
        ActionState::Declined => "was declined by the person; do not try it again".to_owned(),
        ActionState::Undone => "was done and then undone by the person".to_owned(),
        ActionState::Refused => format!("was refused: {}", action.error),
        ActionState::Failed => format!("failed: {}", action.error),
        ActionState::Unspecified => "is unknown".to_owned(),
    };
    format!("Action {} {request} {outcome}.", action.tool)
}

/// Returns the beginning of a text.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn message_state(action: &Action) -> MessageState {
    match action.state() {
        pb::ActionState::Running => MessageState::Streaming,
        _ => MessageState::Done,
    }
}
