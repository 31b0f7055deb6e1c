//! The one way a request becomes a page: how the browser asks, who is in front, and what it gets back.
mod address;
mod ask;
mod front;
mod input;

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use maud::Markup;
use proto::storage::Profile;
use tonic::Status;

pub use address::{Place, app_of, home_of, place_of};
pub use ask::Ask;
pub use front::{CURRENT_PROFILE, picked, routes};
pub use input::Input;

use crate::{
    Gateway, apps,
    error::{Error, Failure},
    ui::shell::{self, Shell},
};
use front::active_profiles;

/// What every handler that shows something starts from.
pub struct Page {
    /// How the browser asks.
    pub ask: Ask,
    /// The profile in front; absent before the first one is made.
    pub profile: Option<Profile>,
    path: String,
    gateway: Arc<Gateway>,
}

/// Makes the profile in front known; a failure of storage is shown by whoever needs it, not here.
impl FromRequestParts<Arc<Gateway>> for Page {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Failure> {
        let ask = Ask::of(&parts.headers);
        let profile = picked(&gateway.clients).await.map_err(|status| Failure {
            ask,
            error: status.into(),
        })?;
        let path = match OriginalUri::from_request_parts(parts, gateway).await {
            Ok(uri) => uri.path().to_owned(),
            Err(never) => match never {},
        };
        Ok(Self {
            ask,
            profile,
            path,
            gateway: gateway.clone(),
        })
    }
}

impl Page {
    /// Answers with the fragment alone, or with the whole page around it.
    ///
    /// # Errors
    /// Says so when the menus can not be read.
    pub async fn show(&self, title: &str, fragment: Markup) -> Result<Response, Failure> {
        if self.ask.wants_page() {
            self.whole(title, &fragment)
                .await
                .map(IntoResponse::into_response)
        } else {
            Ok(fragment.into_response())
        }
    }

    /// Answers a change: with the fragment for htmx, otherwise by going back to `back`.
    pub fn changed(&self, back: &str, fragment: Markup) -> Response {
        if self.ask.wants_page() {
            Redirect::to(back).into_response()
        } else {
            fragment.into_response()
        }
    }

    /// Makes a failure to be told the way this request was asked.
    pub fn fail(&self, error: impl Into<Error>) -> Failure {
        Failure {
            ask: self.ask,
            error: error.into(),
        }
    }

    /// Shows the refused form again with what is wrong, for visits without JavaScript; otherwise fails.
    ///
    /// # Errors
    /// Always fails unless this is a visit and the input was refused.
    pub async fn refuse(
        &self,
        title: &str,
        status: Status,
        again: impl AsyncFnOnce(&str) -> Result<Markup, Failure>,
    ) -> Result<Response, Failure> {
        let error = Error::from(status);
        if self.ask != Ask::Page || error.status() != StatusCode::UNPROCESSABLE_ENTITY {
            return Err(self.fail(error));
        }
        let body = again(&error.sentence()).await?;
        let page = self.whole(title, &body).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }

    async fn whole(&self, title: &str, body: &Markup) -> Result<Markup, Failure> {
        let clients = &self.gateway.clients;
        let profile_id = self.profile.as_ref().map_or(0, |profile| profile.id);
        let (profiles, entries, messages) = tokio::join!(
            active_profiles(clients),
            apps::entries(clients),
            self.gateway.chat.newest(profile_id),
        );
        let profiles = profiles.map_err(|status| self.fail(status))?;
        let shell = Shell {
            title,
            path: &self.path,
            profile: self.profile.as_ref(),
            profiles: &profiles,
            entries: &entries,
            messages: &messages.map_err(|status| self.fail(status))?,
        };
        Ok(shell::page(&shell, body))
    }
}

/// An address without a page.
pub async fn nowhere(headers: HeaderMap) -> Failure {
    Failure {
        ask: Ask::of(&headers),
        error: Error::NoPage,
    }
}

/// An address that is asked in a way it does not answer.
pub async fn wrong_method() -> Result<Response, Infallible> {
    Ok((
        StatusCode::METHOD_NOT_ALLOWED,
        Json(serde_json::json!({ "error": "This address does not take that method." })),
    )
        .into_response())
}
