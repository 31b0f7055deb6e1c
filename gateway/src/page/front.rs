//! Who is in front: the picked profile, and the bar that shows it.
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use proto::storage::{
    GetProfileRequest, GetSettingRequest, ListProfilesRequest, Profile, SetSettingRequest,
};
use serde::Deserialize;
use tonic::{Code, Status};

use super::{Input, Page, address::path_of};
use crate::{
    Gateway,
    apps::{self, Entry},
    clients::Clients,
    error::Failure,
    ui::shell::{self, Shell},
};

/// The setting that holds the number of the picked profile.
pub const CURRENT_PROFILE: &str = "last_profile_id";

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

/// Returns what the profile menu offers.
///
/// # Errors
/// Passes on what storage says.
pub(super) async fn active_profiles(clients: &Clients) -> Result<Vec<Profile>, Status> {
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
