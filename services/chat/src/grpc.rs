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
    config::ModelName,
    conversation::{Conversation, Kept, Question},
    error::Error,
    model::Progress,
    surroundings::Place,
    transcript,
};

mod action;
mod context;

const LONGEST_TEXT: usize = 20_000;
const LONGEST_APP: usize = 100;
const LONGEST_KEY: usize = 100;

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
    type RegenerateStream = BoxStream<'static, Result<pb::RegenerateResponse, Status>>;
    type PullModelStream = BoxStream<'static, Result<pb::PullModelResponse, Status>>;

    async fn converse(
        &self,
        request: Request<ConverseRequest>,
    ) -> Result<Response<Self::ConverseStream>, Status> {
        let events = self.0.ask(question(request.get_ref())?).await?;
        let responses = events.map(|event| event.map(response).map_err(Status::from));
        Ok(Response::new(responses.boxed()))
    }

    async fn regenerate(
        &self,
        request: Request<pb::RegenerateRequest>,
    ) -> Result<Response<Self::RegenerateStream>, Status> {
        let request = request.get_ref();
        let old = request
            .message_id
            .ok_or_else(|| invalid("message_id", "is required"))?;
        let events = self.0.again(old, named(&request.model)?).await?;
        let responses = events.map(|event| event.map(again).map_err(Status::from));
        Ok(Response::new(responses.boxed()))
    }

    async fn pull_model(
        &self,
        request: Request<pb::PullModelRequest>,
    ) -> Result<Response<Self::PullModelStream>, Status> {
        let name = &request.get_ref().name;
        let model = named(name)?.ok_or_else(|| invalid("name", "must not be blank"))?;
        let pulling = self.0.pull(&model).await?;
        let responses = pulling.map(|step| step.map(progress).map_err(Status::from));
        Ok(Response::new(responses.boxed()))
    }

    async fn decide_action(
        &self,
        request: Request<pb::DecideActionRequest>,
    ) -> Result<Response<pb::DecideActionResponse>, Status> {
        let (id, decision) = action::decision(request.get_ref())?;
        let message = Some(self.0.decide(id, decision).await?);
        Ok(Response::new(pb::DecideActionResponse { message }))
    }

    async fn run_action(
        &self,
        request: Request<pb::RunActionRequest>,
    ) -> Result<Response<pb::RunActionResponse>, Status> {
        let wanted = action::wanted(request.into_inner())?;
        let card = self.0.act(wanted.call, wanted.profile, wanted.app).await?;
        Ok(Response::new(pb::RunActionResponse {
            message: Some(card),
        }))
    }

    async fn list_tools(
        &self,
        _: Request<pb::ListToolsRequest>,
    ) -> Result<Response<pb::ListToolsResponse>, Status> {
        let tools = self.0.actions.list().await?;
        let tools = tools.into_iter().map(action::tool).collect();
        Ok(Response::new(pb::ListToolsResponse { tools }))
    }

    async fn set_policy(
        &self,
        request: Request<pb::SetPolicyRequest>,
    ) -> Result<Response<pb::SetPolicyResponse>, Status> {
        let request = request.get_ref();
        let policy = action::policy(request.policy())?;
        let tool = self.0.actions.set_policy(&request.tool, policy).await?;
        Ok(Response::new(pb::SetPolicyResponse {
            tool: Some(action::tool(tool)),
        }))
    }

    async fn list_models(
        &self,
        _: Request<ListModelsRequest>,
    ) -> Result<Response<ListModelsResponse>, Status> {
        let models = self.0.models().await?.into_iter().map(model).collect();
        Ok(Response::new(ListModelsResponse { models }))
    }

    async fn describe_context(
        &self,
        request: Request<pb::DescribeContextRequest>,
    ) -> Result<Response<pb::DescribeContextResponse>, Status> {
        let request = request.get_ref();
        let place = place(&request.app, &request.workflow, &request.run)?;
        let model = named(&request.model)?;
        let context = self
            .0
            .context(request.profile_id, &place, model.as_ref())
            .await?;
        Ok(Response::new(context::described(context)))
    }

    async fn enter_app(
        &self,
        request: Request<pb::EnterAppRequest>,
    ) -> Result<Response<pb::EnterAppResponse>, Status> {
        let request = request.get_ref();
        let said = self
            .0
            .enter(request.profile_id, &app(&request.app)?)
            .await?;
        Ok(Response::new(pb::EnterAppResponse { message_id: said }))
    }
}

fn question(request: &ConverseRequest) -> Result<Question, Error> {
    Ok(Question {
        text: text(&request.text)?,
        profile: request.profile_id,
        place: place(&request.app, &request.workflow, &request.run)?,
        model: named(&request.model)?,
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

fn named(model: &str) -> Result<Option<ModelName>, Error> {
    match model.trim() {
        "" => Ok(None),
        name => name
            .parse()
            .map(Some)
            .map_err(|reason| invalid("model", reason)),
    }
}

fn place(slug: &str, workflow: &str, run: &str) -> Result<Place, Error> {
    Ok(Place {
        app: app(slug)?,
        workflow: key("workflow", workflow)?,
        run: key("run", run)?,
    })
}

/// Names of workflows and keys of runs are told to the model, so they may hold no more than they ever do.
fn key(field: &'static str, text: &str) -> Result<String, Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.chars().count() <= LONGEST_KEY && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    let reason = format!("must be at most {LONGEST_KEY} letters, digits, `-`, `_` and `.`");
    Err(invalid(field, reason))
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

/// The same events in the response of another method.
fn again(event: Event) -> pb::RegenerateResponse {
    use converse_response::Event as Said;
    use pb::regenerate_response::Event as Wire;
    pb::RegenerateResponse {
        event: response(event).event.map(|event| match event {
            Said::Started(started) => Wire::Started(started),
            Said::Delta(delta) => Wire::Delta(delta),
            Said::Finished(finished) => Wire::Finished(finished),
        }),
    }
}

fn progress(progress: Progress) -> pb::PullModelResponse {
    pb::PullModelResponse {
        status: progress.status,
        completed: progress.completed,
        total: progress.total,
    }
}

fn model(listed: Listed) -> pb::Model {
    pb::Model {
        name: listed.model.name,
        size: listed.model.size,
        parameter_size: listed.model.parameter_size,
        is_default: listed.is_default,
        is_toy: listed.is_toy,
        is_loaded: listed.model.loaded,
    }
}
