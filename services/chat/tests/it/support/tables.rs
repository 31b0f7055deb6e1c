//! Tasks and settings in memory, with a change log that can undo.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use proto::storage::{
    self as pb, Change, Op, Setting, Task, change_service_server::ChangeService,
    setting_service_server::SettingService, task_service_server::TaskService,
};
use serde_json::json;
use tonic::{Request, Response, Status, async_trait};

type Answer<T> = Result<Response<T>, Status>;

/// The tables; clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Tables(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    tasks: BTreeMap<i64, Task>,
    settings: BTreeMap<String, String>,
    changes: Vec<(Change, Option<Task>)>,
    given: i64,
}

impl Tables {
    /// Adds a task, as the page would.
    pub(crate) fn add_task(&self, name: &str) -> i64 {
        self.rows().insert(name, 1, "page").0.id
    }

    /// Returns the tasks by number.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.rows().tasks.values().cloned().collect()
    }

    /// Returns who made each change.
    pub(crate) fn actors(&self) -> Vec<String> {
        let rows = self.rows();
        rows.changes.iter().map(|(c, _)| c.actor.clone()).collect()
    }

    /// Stores a setting, as somebody with grpcurl would.
    pub(crate) fn set(&self, key: &str, value: &str) {
        let mut rows = self.rows();
        rows.settings.insert(key.to_owned(), value.to_owned());
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("rows")
    }
}

impl Rows {
    fn insert(&mut self, name: &str, profile_id: i64, actor: &str) -> (Task, i64) {
        self.given += 1;
        let task = Task {
            id: self.given,
            name: name.to_owned(),
            done: false,
            priority: self.tasks.len() as i64,
            profile_id,
        };
        let group = self.put(task.id, Some(&task), actor);
        (task, group)
    }

    fn change(
        &mut self,
        id: Option<i64>,
        actor: &str,
        work: impl FnOnce(&mut Task),
    ) -> Result<(Task, i64), Status> {
        let mut task = self.get(id)?;
        work(&mut task);
        let group = self.put(task.id, Some(&task), actor);
        Ok((task, group))
    }

    fn get(&self, id: Option<i64>) -> Result<Task, Status> {
        let task = id.and_then(|id| self.tasks.get(&id)).cloned();
        task.ok_or_else(|| Status::not_found(format!("there is no task {}", id.unwrap_or(0))))
    }

    /// Writes or deletes a row and returns the group of the change.
    fn put(&mut self, id: i64, after: Option<&Task>, actor: &str) -> i64 {
        let before = match after {
            Some(task) => self.tasks.insert(id, task.clone()),
            None => self.tasks.remove(&id),
        };
        let seq = self.changes.len() as i64 + 1;
        let change = Change {
            seq,
            group: seq,
            actor: actor.to_owned(),
            topic: "task".to_owned(),
            op: Op::Updated.into(),
            id: id.to_string(),
            before: before.as_ref().map(row),
            after: after.map(row),
            ..Change::default()
        };
        self.changes.push((change, before));
        seq
    }
}

fn row(task: &Task) -> String {
    json!({ "id": task.id, "name": task.name, "done": task.done }).to_string()
}

fn actor<T>(request: &Request<T>) -> String {
    runtime::grpc::actor(request.metadata()).to_owned()
}

fn unneeded<T>() -> Answer<T> {
    Err(Status::unimplemented("not needed here"))
}

#[async_trait]
impl TaskService for Tables {
    async fn list_tasks(&self, _: Request<pb::ListTasksRequest>) -> Answer<pb::ListTasksResponse> {
        Ok(Response::new(pb::ListTasksResponse {
            tasks: self.tasks(),
            next_page_token: String::new(),
        }))
    }

    async fn get_task(&self, request: Request<pb::GetTaskRequest>) -> Answer<pb::GetTaskResponse> {
        let task = Some(self.rows().get(request.into_inner().id)?);
        Ok(Response::new(pb::GetTaskResponse { task }))
    }

    async fn create_task(
        &self,
        request: Request<pb::CreateTaskRequest>,
    ) -> Answer<pb::CreateTaskResponse> {
        let (actor, new) = (actor(&request), request.into_inner());
        let profile = new.profile_id.unwrap_or(-1);
        let (task, change_group) = self.rows().insert(&new.name, profile, &actor);
        Ok(Response::new(pb::CreateTaskResponse {
            task: Some(task),
            change_group,
        }))
    }

    async fn update_task(
        &self,
        request: Request<pb::UpdateTaskRequest>,
    ) -> Answer<pb::UpdateTaskResponse> {
        let (actor, new) = (actor(&request), request.into_inner());
        let (task, change_group) = self.rows().change(new.id, &actor, |task| {
            task.name = new.name.unwrap_or_else(|| task.name.clone());
            task.done = new.done.unwrap_or(task.done);
        })?;
        Ok(Response::new(pb::UpdateTaskResponse {
            task: Some(task),
            change_group,
        }))
    }

    async fn delete_task(
        &self,
        request: Request<pb::DeleteTaskRequest>,
    ) -> Answer<pb::DeleteTaskResponse> {
        let (actor, id) = (actor(&request), request.into_inner().id);
        let mut rows = self.rows();
        let task = rows.get(id)?;
        let change_group = rows.put(task.id, None, &actor);
        Ok(Response::new(pb::DeleteTaskResponse { change_group }))
    }

    async fn toggle_task(
        &self,
        request: Request<pb::ToggleTaskRequest>,
    ) -> Answer<pb::ToggleTaskResponse> {
        let (actor, new) = (actor(&request), request.into_inner());
        let (task, change_group) = self.rows().change(new.id, &actor, |task| {
            task.done = new.done.unwrap_or(!task.done);
        })?;
        Ok(Response::new(pb::ToggleTaskResponse {
            task: Some(task),
            change_group,
        }))
    }

    async fn sort_tasks(&self, _: Request<pb::SortTasksRequest>) -> Answer<pb::SortTasksResponse> {
        unneeded()
    }
}

#[async_trait]
impl ChangeService for Tables {
    type WatchChangesStream = futures::stream::Empty<Result<pb::WatchChangesResponse, Status>>;

    async fn watch_changes(
        &self,
        _: Request<pb::WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        unneeded()
    }

    async fn list_changes(
        &self,
        request: Request<pb::ListChangesRequest>,
    ) -> Answer<pb::ListChangesResponse> {
        let group = request.into_inner().group;
        let rows = self.rows();
        let all = rows.changes.iter().map(|(change, _)| change);
        let changes = all.filter(|c| group.is_none_or(|g| g == c.group)).cloned();
        Ok(Response::new(pb::ListChangesResponse {
            changes: changes.collect(),
            head: rows.changes.len() as i64,
        }))
    }

    async fn undo_changes(
        &self,
        request: Request<pb::UndoChangesRequest>,
    ) -> Answer<pb::UndoChangesResponse> {
        let (actor, group) = (actor(&request), request.into_inner().group);
        let mut rows = self.rows();
        let found = rows.changes.iter().find(|(c, _)| Some(c.group) == group);
        let (change, before) = found
            .cloned()
            .ok_or_else(|| Status::not_found("no group"))?;
        let id: i64 = change.id.parse().expect("a number");
        if rows.tasks.get(&id).map(row) != change.after {
            return Err(Status::failed_precondition("the row was changed since"));
        }
        let change_group = rows.put(id, before.as_ref(), &actor);
        Ok(Response::new(pb::UndoChangesResponse {
            rows: 1,
            change_group,
        }))
    }
}

#[async_trait]
impl SettingService for Tables {
    async fn get_setting(
        &self,
        request: Request<pb::GetSettingRequest>,
    ) -> Answer<pb::GetSettingResponse> {
        let key = request.into_inner().key;
        let value = self.rows().settings.get(&key).cloned();
        let value = value.ok_or_else(|| Status::not_found(format!("there is no setting {key}")))?;
        Ok(Response::new(pb::GetSettingResponse {
            setting: Some(Setting { key, value }),
        }))
    }

    async fn list_settings(
        &self,
        request: Request<pb::ListSettingsRequest>,
    ) -> Answer<pb::ListSettingsResponse> {
        let prefix = request.into_inner().prefix;
        let rows = self.rows();
        let wanted = rows
            .settings
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix));
        let settings = wanted.map(|(key, value)| Setting {
            key: key.clone(),
            value: value.clone(),
        });
        Ok(Response::new(pb::ListSettingsResponse {
            settings: settings.collect(),
        }))
    }

    async fn set_setting(
        &self,
        request: Request<pb::SetSettingRequest>,
    ) -> Answer<pb::SetSettingResponse> {
        let pb::SetSettingRequest { key, value } = request.into_inner();
        self.set(&key, &value);
        Ok(Response::new(pb::SetSettingResponse {
            setting: Some(Setting { key, value }),
            change_group: 0,
        }))
    }

    async fn delete_setting(
        &self,
        _: Request<pb::DeleteSettingRequest>,
    ) -> Answer<pb::DeleteSettingResponse> {
        unneeded()
    }
}
