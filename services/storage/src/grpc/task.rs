//! `TaskService`.
use proto::storage::{self as pb, task_service_server::TaskService};
use tonic::{Request, Response};

use super::{Answer, id, taken};
use crate::{
    db::Db,
    fields::Fields,
    page,
    task::{self, Edit, Filter, New, Task},
};

/// Rows in a page unless the caller says.
const ROWS: usize = 500;

pub(super) struct Service(pub(super) Db);

#[tonic::async_trait]
impl TaskService for Service {
    async fn list_tasks(
        &self,
        request: Request<pb::ListTasksRequest>,
    ) -> Answer<pb::ListTasksResponse> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let page = fields.page(request.page_size, ROWS, &request.page_token, page::place);
        fields.done()?;
        let filter = Filter {
            profile_id: request.profile_id,
            done: request.done,
        };
        let paged = self.0.read(|conn| task::list(conn, &filter, &page))?;
        Ok(Response::new(pb::ListTasksResponse {
            tasks: paged.rows.into_iter().map(Into::into).collect(),
            next_page_token: paged.next,
        }))
    }

    async fn get_task(&self, request: Request<pb::GetTaskRequest>) -> Answer<pb::GetTaskResponse> {
        let id = id(request.into_inner().id)?;
        let task = self.0.read(|conn| task::get(conn, id))?;
        Ok(Response::new(pb::GetTaskResponse {
            task: Some(task.into()),
        }))
    }

    async fn create_task(
        &self,
        request: Request<pb::CreateTaskRequest>,
    ) -> Answer<pb::CreateTaskResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let new = New {
            name: fields.name("name", &request.name),
            profile_id: request.profile_id,
        };
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| task::create(tx, &new))
            .await?;
        Ok(Response::new(pb::CreateTaskResponse {
            task: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn update_task(
        &self,
        request: Request<pb::UpdateTaskRequest>,
    ) -> Answer<pb::UpdateTaskResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let id = fields.required("id", request.id);
        let edit = Edit {
            name: request.name.map(|name| fields.name("name", &name)),
            done: request.done,
            profile_id: request.profile_id,
        };
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| task::update(tx, id, &edit))
            .await?;
        Ok(Response::new(pb::UpdateTaskResponse {
            task: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn delete_task(
        &self,
        request: Request<pb::DeleteTaskRequest>,
    ) -> Answer<pb::DeleteTaskResponse> {
        let (actor, request) = taken(request);
        let id = id(request.id)?;
        let written = self.0.write(actor, move |tx| task::delete(tx, id)).await?;
        Ok(Response::new(pb::DeleteTaskResponse {
            change_group: written.group,
        }))
    }

    async fn toggle_task(
        &self,
        request: Request<pb::ToggleTaskRequest>,
    ) -> Answer<pb::ToggleTaskResponse> {
        let (actor, request) = taken(request);
        let id = id(request.id)?;
        let written = self
            .0
            .write(actor, move |tx| task::toggle(tx, id, request.done))
            .await?;
        Ok(Response::new(pb::ToggleTaskResponse {
            task: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn sort_tasks(
        &self,
        request: Request<pb::SortTasksRequest>,
    ) -> Answer<pb::SortTasksResponse> {
        let (actor, request) = taken(request);
        let written = self
            .0
            .write(actor, move |tx| task::sort(tx, &request.ids))
            .await?;
        Ok(Response::new(pb::SortTasksResponse {
            change_group: written.group,
        }))
    }
}

impl From<Task> for pb::Task {
    fn from(task: Task) -> Self {
        Self {
            id: task.id,
            name: task.name,
            done: task.done,
            priority: task.priority,
            profile_id: task.profile_id,
        }
    }
}
