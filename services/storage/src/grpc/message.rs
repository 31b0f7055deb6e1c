//! `MessageService`.
use proto::storage::{self as pb, message_service_server::MessageService};
use tonic::{Request, Response};

use super::{Answer, action, id, import, stored, taken};
use crate::{
    db::Db,
    fields::{Fields, LINE},
    message::{self, Edit, Filter, Message, New, Whose},
};

/// Rows in a page unless the caller says.
const ROWS: usize = 100;
/// Characters in a message.
pub(super) const TEXT: usize = 200_000;
/// Characters in the slug of an app.
pub(super) const SLUG: usize = 100;

pub(super) struct Service(pub(super) Db);

#[tonic::async_trait]
impl MessageService for Service {
    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Answer<pb::ListMessagesResponse> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let filter = Filter {
            whose: whose(&mut fields, &request),
            after_id: request.after_id,
            before_id: request.before_id,
            state: stored::state_if_any(&mut fields, request.state),
            contains: fields.text("contains", request.contains, LINE),
            size: fields.page_size(request.page_size, ROWS),
        };
        fields.done()?;
        let (rows, more) = self.0.read(|conn| message::list(conn, &filter))?;
        Ok(Response::new(pb::ListMessagesResponse {
            messages: rows.into_iter().map(Into::into).collect(),
            more,
        }))
    }

    async fn get_message(
        &self,
        request: Request<pb::GetMessageRequest>,
    ) -> Answer<pb::GetMessageResponse> {
        let id = id(request.into_inner().id)?;
        let row = self.0.read(|conn| message::get(conn, id))?;
        Ok(Response::new(pb::GetMessageResponse {
            message: Some(row.into()),
        }))
    }

    async fn create_message(
        &self,
        request: Request<pb::CreateMessageRequest>,
    ) -> Answer<pb::CreateMessageResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let new = New {
            parent_id: request.parent_id,
            profile_id: request.profile_id,
            app: fields.text("app", request.app, SLUG),
            role: stored::role(&mut fields, request.role),
            text: fields.text("text", request.text, TEXT),
            model: fields.text("model", request.model, LINE),
            state: stored::state(&mut fields, request.state),
            action: action::taken(&mut fields, request.action),
            ..New::default()
        };
        if new.action.is_some() && request.role != i32::from(pb::Role::Tool) {
            fields.wrong("action", "belongs to the role tool alone");
        }
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| message::create(tx, &new))
            .await?;
        Ok(Response::new(pb::CreateMessageResponse {
            message: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn update_message(
        &self,
        request: Request<pb::UpdateMessageRequest>,
    ) -> Answer<pb::UpdateMessageResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let id = fields.required("id", request.id);
        let edit = Edit {
            text: request.text.map(|text| fields.text("text", text, TEXT)),
            model: request.model.map(|text| fields.text("model", text, LINE)),
            usage: request.usage.as_ref().map(stored::usage),
            state: stored::state_if_any(&mut fields, request.state),
            action: action::taken(&mut fields, request.action),
        };
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| message::update(tx, id, &edit))
            .await?;
        Ok(Response::new(pb::UpdateMessageResponse {
            message: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn import_messages(
        &self,
        request: Request<pb::ImportMessagesRequest>,
    ) -> Answer<pb::ImportMessagesResponse> {
        let (actor, request) = taken(request);
        let conversation = import::conversation(request.messages)?;
        let count = conversation.len();
        let written = self
            .0
            .write(actor, move |tx| {
                message::import(tx, request.profile_id, &conversation)
            })
            .await?;
        Ok(Response::new(pb::ImportMessagesResponse {
            count: i32::try_from(count).unwrap_or(i32::MAX),
            change_group: written.group,
        }))
    }

    async fn delete_message(
        &self,
        request: Request<pb::DeleteMessageRequest>,
    ) -> Answer<pb::DeleteMessageResponse> {
        let (actor, request) = taken(request);
        let id = id(request.id)?;
        let written = self
            .0
            .write(actor, move |tx| message::delete(tx, id))
            .await?;
        Ok(Response::new(pb::DeleteMessageResponse {
            change_group: written.group,
        }))
    }
}

fn whose(fields: &mut Fields, request: &pb::ListMessagesRequest) -> Whose {
    match (request.all_profiles, request.profile_id) {
        (false, None) => Whose::Picked,
        (false, Some(id)) => Whose::Profile(id),
        (true, None) => Whose::All,
        (true, Some(_)) => {
            fields.wrong("all_profiles", "can not be set together with `profile_id`");
            Whose::All
        }
    }
}

impl From<Message> for pb::Message {
    fn from(row: Message) -> Self {
        Self {
            id: row.id,
            parent_id: row.parent_id,
            profile_id: row.profile_id,
            app: row.app,
            role: stored::role_of(&row.role).into(),
            text: row.text,
            model: row.model,
            usage: row.usage.as_deref().map(stored::usage_of),
            state: stored::state_of(&row.state).into(),
            created: proto::time::to_wire(&row.created),
            action: row.action.as_deref().map(action::of),
        }
    }
}
