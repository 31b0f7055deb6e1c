//! Todos: the list of the profile in front.
use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use proto::storage::{
    CreateTaskRequest, DeleteTaskRequest, ListTasksRequest, SortTasksRequest, Task,
    ToggleTaskRequest, UpdateTaskRequest,
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

/// The todo list.
pub const APP: App = App {
    slug: "task",
    title: "Todos",
    icon: "☑",
    about: "What to do for the client, in your order.",
    routes,
};

fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/task", get(show).post(create))
        .route("/task/list", get(list))
        .route("/task/sort", post(sort))
        .route("/task/toggle/{id}", post(toggle))
        .route("/task/{id}", post(update).delete(delete))
}

async fn show(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Response, Failure> {
    let tasks = tasks(&page, &gateway).await?;
    if page.ask == Ask::Json {
        return Ok(Json(tasks.iter().map(as_json).collect::<Vec<_>>()).into_response());
    }
    page.show(APP.title, view(&page, &tasks, "")).await
}

async fn list(page: Page, State(gateway): State<Arc<Gateway>>) -> Result<Markup, Failure> {
    Ok(region(&tasks(&page, &gateway).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

async fn create(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Input(form): Input<Name>,
) -> Result<Response, Failure> {
    let request = CreateTaskRequest {
        name: form.name,
        profile_id: page.profile.as_ref().map(|p| p.id),
    };
    match gateway.clients.tasks.clone().create_task(request).await {
        Ok(answer) => {
            let task = answer.into_inner().task.unwrap_or_default();
            if page.ask == Ask::Json {
                return Ok(Json(as_json(&task)).into_response());
            }
            Ok((
                [("HX-Trigger", "bf:reset")],
                page.changed("/task", row(&task)),
            )
                .into_response())
        }
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                Ok(view(&page, &tasks(&page, &gateway).await?, why))
            })
            .await
        }
    }
}

async fn update(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(form): Input<Name>,
) -> Result<Response, Failure> {
    let request = UpdateTaskRequest {
        id: Some(id),
        name: Some(form.name),
        ..UpdateTaskRequest::default()
    };
    match gateway.clients.tasks.clone().update_task(request).await {
        Ok(answer) => Ok(changed(&page, answer.into_inner().task)),
        Err(status) => {
            page.refuse(APP.title, status, async |why: &str| {
                Ok(view(&page, &tasks(&page, &gateway).await?, why))
            })
            .await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    /// The wanted state; absent flips it.
    done: Option<bool>,
}

async fn toggle(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
    Input(form): Input<Done>,
) -> Result<Response, Failure> {
    let request = ToggleTaskRequest {
        id: Some(id),
        done: form.done,
    };
    let answer = gateway
        .clients
        .tasks
        .clone()
        .toggle_task(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(changed(&page, answer.into_inner().task))
}

/// Answers 200 with nothing, as htmx leaves the row where it is on 204.
async fn delete(
    page: Page,
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<i64>,
) -> Result<(), Failure> {
    let request = DeleteTaskRequest { id: Some(id) };
    gateway
        .clients
        .tasks
        .clone()
        .delete_task(request)
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
    let request = SortTasksRequest { ids: order.id };
    gateway
        .clients
        .tasks
        .clone()
        .sort_tasks(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(())
}

async fn tasks(page: &Page, gateway: &Gateway) -> Result<Vec<Task>, Failure> {
    let Some(profile) = &page.profile else {
        return Ok(Vec::new());
    };
    let request = ListTasksRequest {
        profile_id: Some(profile.id),
        page_size: 1000,
        ..ListTasksRequest::default()
    };
    let answer = gateway
        .clients
        .tasks
        .clone()
        .list_tasks(request)
        .await
        .map_err(|status| page.fail(status))?;
    Ok(answer.into_inner().tasks)
}

fn changed(page: &Page, task: Option<Task>) -> Response {
    let task = task.unwrap_or_default();
    match page.ask {
        Ask::Json => Json(as_json(&task)).into_response(),
        _ => page.changed("/task", row(&task)),
    }
}

fn as_json(task: &Task) -> serde_json::Value {
    json!({ "id": task.id, "name": task.name, "done": task.done, "priority": task.priority, "profile_id": task.profile_id })
}

fn view(page: &Page, tasks: &[Task], refused: &str) -> Markup {
    html! {
        h1 { (APP.title) }
        @if page.profile.is_none() {
            (ui::empty("Todos belong to a client profile, and there is none yet."))
            p { a href="/profile" role="button" { "Create a profile" } }
        } @else {
            form #add .add action="/task" method="post" hx-post="/task" hx-target="#todo-list" hx-swap="upsert"
                hx-status:422="target:#add-error swap:innerHTML" novalidate {
                input #add-name name="name" aria-label="New todo" aria-describedby="add-error" placeholder="What is to be done?" autocomplete="off" maxlength="500" autofocus;
                button { "Add" }
                small #add-error .error role="alert" { (refused) }
            }
            (region(tasks))
        }
    }
}

fn region(tasks: &[Task]) -> Markup {
    let open = tasks.iter().filter(|task| !task.done).count();
    let body = html! {
        ul #todo-list .rows data-sort="/task/sort" aria-label="Todos" {
            @for task in tasks { (row(task)) }
        }
        @if tasks.is_empty() {
            (ui::empty("Nothing to do yet. Write the first todo above and press Enter."))
        } @else {
            p.quiet { (open) " open of " (tasks.len()) ". Drag to sort, or Alt with the arrow keys." }
        }
    };
    ui::live("tasks", &["task", "setting"], "/task/list", &body)
}

fn row(task: &Task) -> Markup {
    let id = format!("todo-{}", task.id);
    // The wanted state is said in full, so that a second click on its way can not undo the first.
    let wanted = json!({ "done": !task.done }).to_string();
    html! {
        li id=(id) .done[task.done] {
            input type="hidden" name="id" value=(task.id);
            span.grip aria-hidden="true" { "⠿" }
            input id={ (id) "-done" } type="checkbox" checked[task.done] aria-label={ "Done: " (task.name) }
                hx-post={ "/task/toggle/" (task.id) } hx-vals=(wanted) hx-trigger="change" hx-target={ "#" (id) } hx-swap="outerMorph";
            (ui::rename(&id, &format!("/task/{}", task.id), &task.name))
            button id={ (id) "-delete" } .plain type="button" aria-label={ "Delete: " (task.name) } title="Delete"
                hx-delete={ "/task/" (task.id) } hx-target={ "#" (id) } hx-swap="delete" hx-confirm={ "Delete “" (task.name) "”?" } { "×" }
        }
    }
}
