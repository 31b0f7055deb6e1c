//! From failure to what a person sees: one table from code to status and words, one form for each way of asking.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde_json::json;
use tonic::{Code, Status};

use crate::{page::Ask, ui};

/// A failed request.
#[derive(Debug)]
pub struct Failure {
    /// How the browser asked, which decides how it is told.
    pub ask: Ask,
    /// What went wrong.
    pub error: Error,
}

/// What can go wrong while answering a browser.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A service refused or failed.
    #[error("{}", .0.message())]
    Service(Box<Status>),
    /// There is no such page.
    #[error("there is no page at this address")]
    NoPage,
    /// What the browser sent can not be read.
    #[error("{0}")]
    Unreadable(String),
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Service(Box::new(status))
    }
}

impl Error {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Service(status) => http_status(status.code()),
            Self::NoPage => StatusCode::NOT_FOUND,
            Self::Unreadable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Returns the wrong fields and what is wrong with each.
    pub fn fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Service(status) => proto::status::violations(status),
            _ => Vec::new(),
        }
    }

    /// Returns one sentence for a person.
    pub fn sentence(&self) -> String {
        let fields = self.fields();
        if !fields.is_empty() {
            let each = fields
                .iter()
                .map(|(field, reason)| format!("{} {reason}.", ui::words(field)));
            return each.collect::<Vec<_>>().join(" ");
        }
        let text = match self {
            Self::Service(status)
                if status.code() == Code::Unavailable
                    && status.message().starts_with("nothing answers") =>
            {
                format!(
                    "{}: that part of the app is starting or has stopped; try again in a moment",
                    status.message()
                )
            }
            other => other.to_string(),
        };
        let mut letters = text.chars();
        match letters.next() {
            Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
            None => "Something went wrong.".to_owned(),
        }
    }
}

/// The one table from gRPC code to HTTP status.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::OutOfRange => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::PermissionDenied | Code::Unauthenticated => StatusCode::FORBIDDEN,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.error.status();
        let sentence = self.error.sentence();
        if status.is_server_error() {
            tracing::error!(http.status = status.as_u16(), error = %self.error, "request failed");
        }
        match self.ask {
            Ask::Json => {
                let fields: serde_json::Map<_, _> = self
                    .error
                    .fields()
                    .into_iter()
                    .map(|(field, reason)| (field, reason.into()))
                    .collect();
                (status, Json(json!({ "error": sentence, "fields": fields }))).into_response()
            }
            Ask::Fragment | Ask::Boost => {
                (status, fragment(&self.error, &sentence)).into_response()
            }
            Ask::Page => (status, page(&sentence)).into_response(),
        }
    }
}

/// Field errors go beside their form, as bare text; everything else is a toast.
fn fragment(error: &Error, sentence: &str) -> Markup {
    let fields = error.fields();
    if error.status() != StatusCode::UNPROCESSABLE_ENTITY || fields.is_empty() {
        return ui::toast(sentence);
    }
    html! { span { (sentence) } }
}

/// A page that stands without any service, for when they are the trouble.
fn page(sentence: &str) -> Markup {
    ui::shell::bare(
        "Something went wrong",
        &html! {
            h1 { "That did not work" }
            p role="alert" { (ui::sentence(sentence)) }
            p { a href="/" role="button" { "Back to the start" } }
        },
    )
}
