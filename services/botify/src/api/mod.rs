//! The one client of the Botify API: it keeps Botify's pace, reads again when a read failed in passing, and shows the
//! token to nobody but the host the token is for.
//!
//! Redirects are never followed and listings are followed on our own host alone, so there is no way for an answer to
//! send the token elsewhere. Calls that cost something will need a door of their own: everything here may be repeated.
mod answer;
mod base;
pub(crate) mod lenient;
mod listing;
mod pace;
mod retry;

use std::time::Duration;

use reqwest::{
    Client, Method,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tracing::Instrument as _;
use url::Url;

pub use self::base::Base;
use self::{listing::Listing, pace::Pace, retry::Tries};
use crate::error::Error;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const WHOLE_LIMIT: Duration = Duration::from_secs(60);
/// A listing longer than this has no end.
const MOST_PAGES: usize = 500;

/// Who speaks to which API.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The API.
    pub(crate) base: Base,
    /// The token for it.
    pub(crate) token: SecretString,
}

/// The client. One per process, so that its pace holds for everything the process does.
pub(crate) struct Api {
    far: Client,
    near: Client,
    pace: Pace,
}

/// One request, as often as it is sent.
struct Read<'a> {
    method: Method,
    url: Url,
    body: Option<&'a Value>,
}

impl Api {
    /// Makes the client; nothing is dialled.
    pub(crate) fn new() -> Result<Self, Error> {
        let client = || {
            Client::builder()
                .user_agent(concat!("botiferrous/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .connect_timeout(CONNECT_LIMIT)
                .timeout(WHOLE_LIMIT)
        };
        Ok(Self {
            far: client().https_only(true).build().map_err(Error::Client)?,
            // A proxy meant for the world outside must not see what stays on this machine.
            near: client().no_proxy().build().map_err(Error::Client)?,
            pace: Pace::default(),
        })
    }

    /// Reads what is at `url`.
    pub(crate) async fn get(&self, access: &Access, url: Url) -> Result<Value, Error> {
        let method = Method::GET;
        let body = None;
        self.read(access, &Read { method, url, body }).await
    }

    /// Reads what a question brings: a POST that changes nothing and costs nothing.
    pub(crate) async fn ask(
        &self,
        access: &Access,
        url: Url,
        body: &Value,
    ) -> Result<Value, Error> {
        let method = Method::POST;
        let body = Some(body);
        self.read(access, &Read { method, url, body }).await
    }

    /// Reads a listing from its first page to its end, or to `most` items.
    pub(crate) async fn list(
        &self,
        access: &Access,
        first: Url,
        most: usize,
    ) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        let mut seen = Vec::new();
        let mut next = Some(first);
        while let Some(url) = next {
            if seen.contains(&url) || seen.len() == MOST_PAGES {
                return Err(access.base.unreadable("sends a listing without end"));
            }
            let page = Listing::read(&access.base, self.get(access, url.clone()).await?)?;
            seen.push(url);
            items.extend(page.items);
            if items.len() >= most {
                items.truncate(most);
                break;
            }
            let follow = |next: String| access.base.follow(&next);
            next = page.next.map(follow).transpose()?;
        }
        Ok(items)
    }

    async fn read(&self, access: &Access, read: &Read<'_>) -> Result<Value, Error> {
        let mut tries = Tries::default();
        loop {
            let error = match self.once(access, read).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let Some(pause) = tries.pause_after(&error) else {
                return Err(error);
            };
            tracing::warn!(url.path = read.url.path(), %error, pause_ms = pause.as_millis() as u64, "trying again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, access: &Access, read: &Read<'_>) -> Result<Value, Error> {
        self.pace.turn().await;
        let http = match access.base.is_loopback() {
            true => &self.near,
            false => &self.far,
        };
        let mut request = http
            .request(read.method.clone(), read.url.clone())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization(access)?);
        if let Some(body) = read.body {
            request = request.json(body);
        }
        let span = tracing::info_span!(
            "botify api",
            otel.kind = "client",
            http.method = %read.method,
            url.path = read.url.path()
        );
        async {
            let answer = request.send().await;
            answer::read(answer.map_err(|e| access.base.unreachable(e))?, access).await
        }
        .instrument(span)
        .await
    }
}

/// Returns the header; it is marked, so that nothing below us prints it.
fn authorization(access: &Access) -> Result<HeaderValue, Error> {
    let text = format!("Token {}", access.token.expose_secret());
    let mut header = HeaderValue::try_from(text)
        .map_err(|_| Error::invalid("token", "holds characters that no token has"))?;
    header.set_sensitive(true);
    Ok(header)
}
