//! How the chat service is spoken to.
use std::sync::Arc;

use futures::{StreamExt as _, stream::BoxStream};
use proto::chat::{
    self as pb, ConverseRequest, ConverseResponse, ListModelsRequest, ListModelsResponse,
    chat_service_server::ChatService, converse_response,
};
use tonic::{Request, Response, Status};

use crate::{
    answer::Event,
    choice::Listed,
    conversation::{Conversation, Kept, Question},
    error::Error,
    transcript,
};

const LONGEST_TEXT: usize = 20_000;
const LONGEST_APP: usize = 100;

/// Serves the contract.
pub(crate) struct Chat(Arc<Conversation>);

impl Chat {
    pub(crate) fn new(conversation: Arc<Conversation>) -> Self {
        Self(conversation)
    }
}

#[tonic::async_trait]
impl ChatService for Chat {
    type ConverseStream = BoxStream<'static, Result<ConverseResponse, Status>>;

    async fn converse(
        &self,
        request: Request<ConverseRequest>,
    ) -> Result<Response<Self::ConverseStream>, Status> {
        let events = self.0.ask(question(request.get_ref())?).await?;
        let responses = events.map(|event| event.map(response).map_err(Status::from));
        Ok(Response::new(responses.boxed()))
    }

    async fn list_models(
        &self,
        _: Request<ListModelsRequest>,
    ) -> Result<Response<ListModelsResponse>, Status> {
        let models = self.0.models().await?.into_iter().map(model).collect();
        Ok(Response::new(ListModelsResponse { models }))
    }
}

fn question(request: &ConverseRequest) -> Result<Question, Error> {
    Ok(Question {
        text: text(&request.text)?,
        profile: request.profile_id,
        app: app(&request.app)?,
        model: match request.model.trim() {
            "" => None,
            name => Some(name.parse().map_err(|reason| invalid("model", reason))?),
        },
        kept: if request.off_record {
            Kept::OffRecord
        } else {
            Kept::OnRecord
        },
    })
}

fn text(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(invalid("text", "must not be blank")),
        text if text.chars().count() > LONGEST_TEXT => Err(invalid(
            "text",
            format!("is longer than {LONGEST_TEXT} characters"),
        )),
        text => Ok(text.to_owned()),
    }
}

fn app(slug: &str) -> Result<String, Error> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    match slug {
        "" => Ok("home".to_owned()),
        slug if slug.len() <= LONGEST_APP && slug.chars().all(fits) => Ok(slug.to_owned()),
        _ => Err(invalid(
            "app",
            format!("must be 1 to {LONGEST_APP} characters of a-z, 0-9, `_` and `-`"),
        )),
    }
}

fn invalid(field: &'static str, reason: impl Into<String>) -> Error {
    Error::Invalid {
        field,
        reason: reason.into(),
    }
}

fn response(event: Event) -> ConverseResponse {
    use converse_response::Event as Wire;
    let event = match event {
        Event::Started {
            question,
            answer,
            model,
        } => Wire::Started(pb::Started {
            question_id: question,
            answer_id: answer,
            model,
        }),
        Event::More { text, thinking } => Wire::Delta(pb::Delta { text, thinking }),
        Event::Finished { text, done } => Wire::Finished(pb::Finished {
            text,
            state: transcript::state(done).into(),
            usage: Some(transcript::usage(done.usage)),
        }),
    };
    ConverseResponse { event: Some(event) }
}

fn model(listed: Listed) -> pb::Model {
    pb::Model {
        name: listed.model.name,
        size: listed.model.size,
        parameter_size: listed.model.parameter_size,
        is_default: listed.is_default,
        is_toy: listed.is_toy,
    }
}
