//! The one way a request becomes a page: how the browser asks, who is in front, and what it gets back.
use std::{convert::Infallible, sync::Arc};

use axum::{
    Json, Router,
    extract::{FromRequest, FromRequestParts, OriginalUri, Request, State},
    http::{HeaderMap, StatusCode, header::ACCEPT, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use proto::storage::{
    GetProfileRequest, GetSettingRequest, ListProfilesRequest, Profile, SetSettingRequest,
};
use serde::{Deserialize, de::DeserializeOwned};
use tonic::{Code, Status};

use crate::{
    Gateway,
    apps::{self, Entry},
    clients::Clients,
    error::{Error, Failure},
    ui::shell::{self, Shell},
};

/// The setting that holds the number of the picked profile.
pub const CURRENT_PROFILE: &str = "last_profile_id";

/// How a browser asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A visit or a step back: the whole page.
    Page,
    /// A link or form that htmx follows: the whole page, of which it takes the work; failures as pieces.
    Boost,
    /// htmx wants one piece.
    Fragment,
    /// `Accept: application/json`.
    Json,
}

impl Ask {
    /// Reads the headers. Only htmx's own word `partial` means a fragment: a step back in the history wants the page.
    pub fn of(headers: &HeaderMap) -> Self {
        let is = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
        let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        if accepts.is_some_and(|accepts| accepts.starts_with("application/json")) {
            Self::Json
        } else if !is("hx-request", "true") {
            Self::Page
        } else if is("hx-request-type", "partial") {
            Self::Fragment
        } else {
            Self::Boost
        }
    }

    /// Returns whether the whole page is wanted.
    pub fn wants_page(self) -> bool {
        matches!(self, Self::Page | Self::Boost)
    }
}

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

/// Returns the profile in front: the picked one, else the first of the menu.
///
/// # Errors
/// Passes on what storage says.
pub async fn picked(clients: &Clients) -> Result<Option<Profile>, Status> {
    let request = GetSettingRequest {
        key: CURRENT_PROFILE.to_owned(),
    };
    let setting = match clients.settings.clone().get_setting(request).await {
        Ok(answer) => answer.into_inner().setting,
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(status),
    };
    if let Some(id) = setting.and_then(|setting| setting.value.parse().ok()) {
        match clients
            .profiles
            .clone()
            .get_profile(GetProfileRequest { id: Some(id) })
            .await
        {
            Ok(answer) => return Ok(answer.into_inner().profile),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status),
        }
    }
    Ok(active_profiles(clients).await?.into_iter().next())
}

async fn active_profiles(clients: &Clients) -> Result<Vec<Profile>, Status> {
    let request = ListProfilesRequest {
        active: Some(true),
        ..ListProfilesRequest::default()
    };
    Ok(clients
        .profiles
        .clone()
        .list_profiles(request)
        .await?
        .into_inner()
        .profiles)
}

/// Returns the path of an address, with or without a host.
fn path_of(address: &str) -> &str {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => address,
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Returns the slug of the app that a page's address belongs to; `home` for anything else.
pub fn app_of(address: &str) -> String {
    let path = path_of(address).trim_start_matches('/');
    let slug = path.split('/').next().unwrap_or_default();
    apps::APPS
        .iter()
        .find(|app| app.slug == slug)
        .map_or("home", |app| app.slug)
        .to_owned()
}

/// Returns the address of an app.
pub fn home_of(slug: &str) -> String {
    if slug == "home" {
        "/".to_owned()
    } else {
        format!("/{slug}")
    }
}

/// What a form or a JSON body holds. Anything that is not wholly understood is refused.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Input<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Failure> {
        let ask = Ask::of(request.headers());
        let is_json = request
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let body = axum::body::Bytes::from_request(request, gateway)
            .await
            .map_err(|e| Failure {
                ask,
                error: Error::Unreadable(e.body_text()),
            })?;
        let read = if is_json {
            serde_json::from_slice(&body).map_err(|e| e.to_string())
        } else {
            serde_html_form::from_bytes(&body).map_err(|e| e.to_string())
        };
        read.map(Self).map_err(|reason| Failure {
            ask,
            error: Error::Unreadable(format!("what was sent can not be read: {reason}")),
        })
    }
}

/// Routes that belong to the page around the apps.
pub fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/select_profile", post(select_profile))
        .route("/menu", get(menu))
}

#[derive(Deserialize)]
struct Pick {
    profile_id: i64,
    #[serde(default)]
    back: String,
}

async fn select_profile(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(pick): Input<Pick>,
) -> Result<Response, Failure> {
    let clients = &gateway.clients;
    let known = GetProfileRequest {
        id: Some(pick.profile_id),
    };
    clients
        .profiles
        .clone()
        .get_profile(known)
        .await
        .map_err(|status| page.fail(status))?;
    let setting = SetSettingRequest {
        key: CURRENT_PROFILE.to_owned(),
        value: pick.profile_id.to_string(),
    };
    clients
        .settings
        .clone()
        .set_setting(setting)
        .await
        .map_err(|status| page.fail(status))?;
    // Only back to a page of ours: an address with a host would lead elsewhere.
    let back = if pick.back.starts_with('/')
        && !pick.back.starts_with("//")
        && !pick.back.contains('\\')
    {
        &pick.back
    } else {
        "/"
    };
    Ok(Redirect::to(back).into_response())
}

/// The top bar by itself.
async fn menu(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let at = headers
        .get("hx-current-url")
        .and_then(|url| url.to_str().ok());
    let profiles = active_profiles(&gateway.clients)
        .await
        .map_err(|status| page.fail(status))?;
    let entries: Vec<Entry> = apps::entries(&gateway.clients).await;
    Ok(shell::top_bar(&Shell {
        title: "",
        path: path_of(at.unwrap_or_default()),
        profile: page.profile.as_ref(),
        profiles: &profiles,
        entries: &entries,
        messages: &[],
    }))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&'static str, &'static str)]) -> Ask {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("value"));
        }
        Ask::of(&headers)
    }

    #[test]
    fn only_htmx_gets_fragments_and_only_when_it_says_partial() {
        assert_eq!(ask(&[]), Ask::Page);
        assert_eq!(
            ask(&[("hx-request", "true"), ("hx-request-type", "partial")]),
            Ask::Fragment
        );
        assert_eq!(
            ask(&[("hx-request", "true"), ("hx-request-type", "full")]),
            Ask::Boost
        );
        assert_eq!(ask(&[("hx-history-restore-request", "true")]), Ask::Page);
        assert_eq!(ask(&[("accept", "application/json")]), Ask::Json);
    }

    #[test]
    fn an_address_belongs_to_an_app() {
        assert_eq!(app_of("http://localhost:5001/task?x=1"), "task");
        assert_eq!(app_of("/workflow/hello/a-01"), "workflow");
        assert_eq!(app_of("http://localhost:5001/"), "home");
        assert_eq!(app_of(""), "home");
        assert_eq!(app_of("/nowhere"), "home");
    }
}
