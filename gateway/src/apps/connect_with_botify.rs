//! Connect with Botify: a token, and a look at what it opens.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::botify::{
    Analysis, ConnectRequest, Connection, DisconnectRequest, GetConnectionRequest,
    ListAnalysesRequest, ListProjectsRequest, Project,
};
use serde::Deserialize;
use tonic::Code;

use super::App;
use crate::{
    Gateway,
    error::{Error, Failure},
    page::{Input, Page},
    ui,
};

/// The connection to Botify.
pub const APP: App = App {
    slug: "connect_with_botify",
    title: "Connect with Botify",
    icon: "⇄",
    about: "Your Botify token, your projects, or a made-up site to try things out.",
    routes,
};

const HERE: &str = "/connect_with_botify";

/// The token that connects to the sandbox instead of Botify.
const SANDBOX: &str = "sandbox";

fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route(HERE, get(show).post(connect))
        .route("/connect_with_botify/disconnect", post(disconnect))
        .route("/connect_with_botify/projects", get(projects))
        .route("/connect_with_botify/analyses", get(analyses))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let connection = connection(&page, &gateway).await?;
    page.show(APP.title, view(&connection, "")).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    token: String,
}

async fn connect(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(form): Input<Token>,
) -> Result<Response, Failure> {
    let request = ConnectRequest { token: form.token };
    match gateway.clients.botify.clone().connect(request).await {
        Ok(answer) => Ok(page.changed(
            HERE,
            card(&answer.into_inner().connection.unwrap_or_default(), ""),
        )),
        Err(status)
            if matches!(
                status.code(),
                Code::InvalidArgument
                    | Code::Unauthenticated
                    | Code::PermissionDenied
                    | Code::Unavailable
            ) =>
        {
            // The card stays, with the reason in it: a refused token is an everyday thing and no broken page.
            let why = Error::from(status).sentence();
            let connection = connection(&page, &gateway).await?;
            if page.ask.wants_page() {
                page.show(APP.title, view(&connection, &why)).await
            } else {
                Ok(card(&connection, &why).into_response())
            }
        }
        Err(status) => Err(page.fail(status)),
    }
}

async fn disconnect(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let answer = gateway
        .clients
        .botify
        .clone()
        .disconnect(DisconnectRequest {})
        .await;
    let connection = answer
        .map_err(|status| page.fail(status))?
        .into_inner()
        .connection;
    Ok(page.changed(HERE, card(&connection.unwrap_or_default(), "")))
}

#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    owner: String,
}

async fn projects(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Query(owner): Query<Owner>,
) -> Result<Markup, Failure> {
    let request = ListProjectsRequest { owner: owner.owner };
    let answer = gateway
        .clients
        .botify
        .clone()
        .list_projects(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(project_list(&answer.into_inner().projects))
}

#[derive(Deserialize)]
struct Of {
    owner: String,
    project: String,
}

async fn analyses(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Query(of): Query<Of>,
) -> Result<Markup, Failure> {
    let request = ListAnalysesRequest {
        owner: of.owner,
        project: of.project,
    };
    let answer = gateway
        .clients
        .botify
        .clone()
        .list_analyses(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(analysis_list(&answer.into_inner().analyses))
}

async fn connection(page: &Page, gateway: &Gateway) -> Result<Connection, Failure> {
    let answer = gateway
        .clients
        .botify
        .clone()
        .get_connection(GetConnectionRequest {})
        .await;
    Ok(answer
        .map_err(|status| page.fail(status))?
        .into_inner()
        .connection
        .unwrap_or_default())
}

fn view(connection: &Connection, refused: &str) -> Markup {
    html! {
        h1 { (APP.title) }
        (card(connection, refused))
    }
}

fn card(connection: &Connection, refused: &str) -> Markup {
    html! {
        div #connection-card {
            @if connection.connected { (connected(connection)) } @else { (form(refused)) }
        }
    }
}

fn form(refused: &str) -> Markup {
    html! {
        p { "Paste the API token from your Botify account page. It is checked, then kept in a file that only you can read; it never leaves this machine except to Botify." }
        form #connect action=(HERE) method="post" hx-post=(HERE) hx-target="#connection-card" hx-swap="outerHTML" hx-disabled-elt="find button" {
            label for="token" { "Token" }
            fieldset role="group" {
                input #token type="password" name="token" autocomplete="off" required maxlength="500" aria-describedby="connect-error";
                button { "Connect" }
            }
            small #connect-error .error role="alert" { (refused) }
        }
        form #try-sandbox action=(HERE) method="post" hx-post=(HERE) hx-target="#connection-card" hx-swap="outerHTML" {
            input type="hidden" name="token" value=(SANDBOX);
            p.quiet { "No account? " button.link { "Try the sandbox" } ": a made-up site, served from this machine." }
        }
    }
}

fn connected(connection: &Connection) -> Markup {
    let name = connection
        .username
        .split('.')
        .map(ui::words)
        .collect::<Vec<_>>()
        .join(" ");
    html! {
        p #greeting {
            "Connected as " strong { (name) } "."
            @if connection.sandbox { " This is the sandbox: nothing here costs anything." }
        }
        p.quiet { "API: " code { (connection.api) } }
        form action="/connect_with_botify/disconnect" method="post" hx-post="/connect_with_botify/disconnect" hx-target="#connection-card" hx-swap="outerHTML" {
            button.secondary { "Disconnect" }
        }
        h2 { "Projects" }
        form.add hx-get="/connect_with_botify/projects" hx-target="#project-list" hx-swap="outerHTML" action=(HERE) {
            input name="owner" aria-label="Owner" placeholder="user or organisation (yours when empty)" autocomplete="off";
            button { "List projects" }
        }
        div #project-list hx-get="/connect_with_botify/projects" hx-trigger="load" hx-swap="outerHTML" { "Loading…" }
    }
}

fn project_list(projects: &[Project]) -> Markup {
    html! {
        div #project-list {
            @if projects.is_empty() {
                (ui::empty("No projects under this name. Projects often belong to an organisation: write its name above."))
            }
            @for project in projects {
                details hx-get="/connect_with_botify/analyses" hx-vals=(serde_json::json!({ "owner": project.owner, "project": project.slug }))
                    hx-trigger="toggle once" hx-target="find .analyses" hx-indicator="this" {
                    summary { (project.name) " " small.quiet { (project.owner) "/" (project.slug) } }
                    div.analyses { "Loading…" }
                }
            }
        }
    }
}

fn analysis_list(analyses: &[Analysis]) -> Markup {
    html! {
        @if analyses.is_empty() { (ui::empty("No finished analysis yet.")) }
        @else {
            table {
                thead { tr { th { "Analysis" } th { "Name" } th.number { "URLs" } th { "Finished" } } }
                tbody {
                    @for analysis in analyses {
                        tr {
                            td { code { (analysis.slug) } }
                            td { (analysis.name) }
                            td.number { (thousands(analysis.urls_done)) }
                            td { (analysis.date_finished.get(..10).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a number with a thin space between groups of three digits.
fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digit != '-' {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands(999), "999");
    }
}
