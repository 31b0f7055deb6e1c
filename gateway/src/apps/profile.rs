//! Profiles: whom the work is done for.
use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::storage::{
    CreateProfileRequest, DeleteProfileRequest, ListProfilesRequest, Profile, SortProfilesRequest,
    ToggleProfileRequest, UpdateProfileRequest,
};
use serde::Deserialize;
use serde_json::json;

use super::App;
use crate::{
    Gateway,
    error::Failure,
    page::{Ask, Input, Page},
    ui,
};

/// The list of client profiles.
pub const APP: App = App {
    slug: "profile",
    title: "Profiles",
    icon: "☻",
    about: "Your clients: their real names stay on that page, menus show the other one.",
    routes,
};

fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/profile", get(show).post(create))
        .route("/profile/list", get(list))
        .route("/profile/sort", post(sort))
        .route("/profile/toggle/{id}", post(toggle))
        .route("/profile/{id}", post(update).delete(delete))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let profiles = profiles(&page, &gateway).await?;
    if page.ask == Ask::Json {
        return Ok(Json(profiles.iter().map(as_json).collect::<Vec<_>>()).into_response());
    }
    page.show(APP.title, view(&profiles, "")).await
}

async fn list(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Markup, Failure> {
    Ok(region(&profiles(&page, &gateway).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default)]
    menu_name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    code: String,
}

async fn create(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(form): Input<New>,
) -> Result<Response, Failure> {
    let request = CreateProfileRequest {
        name: form.name,
        menu_name: form.menu_name,
        address: form.address,
        code: form.code,
    };
    match gateway
        .clients
        .profiles
        .clone()
        .create_profile(request)
        .await
    {
        Ok(answer) => {
            let profile = answer.into_inner().profile.unwrap_or_default();
            if page.ask == Ask::Json {
                return Ok(Json(as_json(&profile)).into_response());
            }
            Ok((
                [("HX-Trigger", "bf:reset")],
                page.changed("/profile", row(&profile)),
            )
                .into_response())
        }
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                Ok(view(&profiles(&page, &gateway).await?, why))
            })
            .await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    name: Option<String>,
    menu_name: Option<String>,
    address: Option<String>,
    code: Option<String>,
}

async fn update(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(form): Input<Edit>,
) -> Result<Response, Failure> {
    let request = UpdateProfileRequest {
        id: Some(id),
        name: form.name,
        menu_name: form.menu_name,
        address: form.address,
        code: form.code,
        active: None,
    };
    match gateway
        .clients
        .profiles
        .clone()
        .update_profile(request)
        .await
    {
        Ok(answer) => Ok(changed(&page, answer.into_inner().profile)),
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                Ok(view(&profiles(&page, &gateway).await?, why))
            })
            .await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Active {
    /// The wanted state; absent flips it.
    active: Option<bool>,
}

async fn toggle(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(form): Input<Active>,
) -> Result<Response, Failure> {
    let request = ToggleProfileRequest {
        id: Some(id),
        active: form.active,
    };
    let answer = gateway
        .clients
        .profiles
        .clone()
        .toggle_profile(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(changed(&page, answer.into_inner().profile))
}

/// Answers 200 with nothing, as htmx leaves the row where it is on 204. A profile with tasks is kept.
async fn delete(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
) -> Result<(), Failure> {
    let request = DeleteProfileRequest {
        id: Some(id),
        cascade: false,
    };
    gateway
        .clients
        .profiles
        .clone()
        .delete_profile(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    id: Vec<i64>,
}

async fn sort(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(order): Input<Order>,
) -> Result<(), Failure> {
    let request = SortProfilesRequest { ids: order.id };
    gateway
        .clients
        .profiles
        .clone()
        .sort_profiles(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(())
}

async fn profiles(page: &Page, gateway: &Gateway) -> Result<Vec<Profile>, Failure> {
    let request = ListProfilesRequest {
        page_size: 1000,
        ..ListProfilesRequest::default()
    };
    let answer = gateway
        .clients
        .profiles
        .clone()
        .list_profiles(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(answer.into_inner().profiles)
}

fn changed(page: &Page, profile: Option<Profile>) -> Response {
    let profile = profile.unwrap_or_default();
    match page.ask {
        Ask::Json => Json(as_json(&profile)).into_response(),
        _ => page.changed("/profile", row(&profile)),
    }
}

fn as_json(profile: &Profile) -> serde_json::Value {
    json!({
        "id": profile.id, "name": profile.name, "menu_name": profile.menu_name, "address": profile.address,
        "code": profile.code, "active": profile.active, "priority": profile.priority, "task_count": profile.task_count,
    })
}

fn view(profiles: &[Profile], refused: &str) -> Markup {
    html! {
        h1 { (APP.title) }
        form #add action="/profile" method="post" hx-post="/profile" hx-target="#profile-list" hx-swap="upsert"
            hx-status:422="target:#add-error swap:innerHTML" novalidate {
            div.grid {
                label { "Name" input #add-name name="name" aria-describedby="add-error" autocomplete="off" maxlength="500" autofocus; }
                label { "Menu name" input name="menu_name" autocomplete="off" maxlength="500" placeholder="shown instead of the name"; }
                label { "Site" input name="address" autocomplete="off" maxlength="500" placeholder="www.site.com"; }
                label.short { "Country" input name="code" autocomplete="off" maxlength="500" placeholder="us, uk, de…"; }
            }
            button { "Add profile" }
            small #add-error .error role="alert" { (refused) }
        }
        (region(profiles))
    }
}

fn region(profiles: &[Profile]) -> Markup {
    let body = html! {
        ul #profile-list .rows data-sort="/profile/sort" aria-label="Profiles" {
            @for profile in profiles { (row(profile)) }
        }
        @if profiles.is_empty() {
            (ui::empty("No profile yet. A name is enough to begin."))
        } @else {
            p.quiet { "Ticked profiles are in the menu. Drag to sort, or Alt with the arrow keys." }
        }
    };
    ui::live("profiles", &["profile", "task"], "/profile/list", &body)
}

fn row(profile: &Profile) -> Markup {
    let id = format!("profile-{}", profile.id);
    let wanted = json!({ "active": !profile.active }).to_string();
    html! {
        li id=(id) .done[!profile.active] {
            input type="hidden" name="id" value=(profile.id);
            span.grip aria-hidden="true" { "⠿" }
            input id={ (id) "-active" } type="checkbox" checked[profile.active] aria-label={ "In the menu: " (profile.name) }
                hx-post={ "/profile/toggle/" (profile.id) } hx-vals=(wanted) hx-trigger="change" hx-target={ "#" (id) } hx-swap="outerMorph";
            (ui::rename(&id, &format!("/profile/{}", profile.id), &profile.name))
            span.quiet { (details(profile)) }
            button id={ (id) "-delete" } .plain type="button" aria-label={ "Delete: " (profile.name) } title="Delete"
                hx-delete={ "/profile/" (profile.id) } hx-target={ "#" (id) } hx-swap="delete" hx-confirm={ "Delete “" (profile.name) "”?" } { "×" }
        }
    }
}

fn details(profile: &Profile) -> String {
    let todos = match profile.task_count {
        0 => String::new(),
        1 => "1 todo".to_owned(),
        n => format!("{n} todos"),
    };
    let parts = [&profile.menu_name, &profile.address, &profile.code, &todos];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(" · ")
}
