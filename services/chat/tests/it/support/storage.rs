//! A stand-in for storage that keeps messages in memory. The real one belongs to another crate; the gateway's tests
//! put both together.
use std::{sync::Arc, time::Duration};

use proto::storage::{
    self as pb, Message, MessageState, Role,
    change_service_server::ChangeServiceServer,
    message_service_server::{MessageService, MessageServiceServer},
    setting_service_server::SettingServiceServer,
    task_service_server::TaskServiceServer,
};
use runtime::{addr::Addr, grpc::Server};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Response, Status, async_trait};

use super::tables::Tables;

const PROFILES: [i64; 3] = [0, 1, 2];
const PICKED: i64 = 2;

pub(crate) struct FakeStorage {
    pub(crate) addr: Addr,
    rows: Rows,
    refused: Refused,
    pub(crate) tables: Tables,
    _stop: DropGuard,
}

/// How many updates were refused since storage went away; none while it is there.
type Refused = Arc<watch::Sender<Option<usize>>>;

/// Every row there ever was; deleted ones keep their place without an id.
type Rows = Arc<watch::Sender<Vec<Message>>>;

impl FakeStorage {
    pub(crate) async fn start() -> Self {
        Self::holding(Vec::new()).await
    }

    /// Starts with rows given as profile, role, text and state.
    pub(crate) async fn holding(rows: Vec<(i64, Role, &str, MessageState)>) -> Self {
        let rows = (1..)
            .zip(rows)
            .map(|(id, (profile_id, role, text, state))| Message {
                id,
                profile_id,
                role: role.into(),
                text: text.to_owned(),
                state: state.into(),
                ..Default::default()
            });
        let rows: Rows = Arc::new(watch::Sender::new(rows.collect()));
        let refused = Refused::new(watch::Sender::new(None));
        let service = Service(rows.clone(), refused.clone());
        let tables = Tables::default();
        tables.set("last_profile_id", &PICKED.to_string());
        let (addr, listener) = super::free().await;
        let stop = CancellationToken::new();
        let server = Server::new()
            .with(MessageServiceServer::new(service))
            .with(SettingServiceServer::new(tables.clone()))
            .with(TaskServiceServer::new(tables.clone()))
            .with(ChangeServiceServer::new(tables.clone()));
        tokio::spawn(server.serve(listener, stop.clone()));
        Self {
            addr,
            rows,
            refused,
            tables,
            _stop: stop.drop_guard(),
        }
    }

    /// Adds a row, as a process that died would have left it.
    pub(crate) fn leave(&self, row: Message) {
        self.rows.send_modify(|rows| rows.push(row));
    }

    /// Returns the rows that are there.
    pub(crate) fn rows(&self) -> Vec<Message> {
        alive(&self.rows.borrow())
    }

    /// Deletes a row, as another page would.
    pub(crate) fn delete(&self, id: i64) {
        let service = Service(self.rows.clone(), self.refused.clone());
        service
            .change(Some(id), |row| row.id = 0)
            .expect("a row to delete");
    }

    /// Refuses updates from now on, as a storage that is being restarted.
    pub(crate) fn go_away(&self) {
        self.refused.send_replace(Some(0));
    }

    /// Comes back once an update was refused.
    pub(crate) async fn come_back_when_missed(&self) {
        let mut refused = self.refused.subscribe();
        let missed = refused.wait_for(|refused| refused.is_some_and(|count| count > 0));
        drop(missed.await);
        self.refused.send_replace(None);
    }

    /// Waits until the rows are as they should be.
    pub(crate) async fn until(&self, fits: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let mut rows = self.rows.subscribe();
        let seen = rows.wait_for(|rows| fits(&alive(rows)));
        let seen = tokio::time::timeout(Duration::from_secs(10), seen).await;
        alive(
            &seen
                .expect("rows within ten seconds")
                .expect("a running storage"),
        )
    }
}

fn alive(rows: &[Message]) -> Vec<Message> {
    rows.iter().filter(|row| row.id != 0).cloned().collect()
}

#[derive(Clone)]
struct Service(Rows, Refused);

impl Service {
    fn known(&self, profile: Option<i64>) -> Result<i64, Status> {
        let profile = profile.unwrap_or(PICKED);
        match PROFILES.contains(&profile) {
            true => Ok(profile),
            false => Err(Status::not_found(format!("there is no profile {profile}"))),
        }
    }

    fn change(&self, id: Option<i64>, work: impl FnOnce(&mut Message)) -> Result<Message, Status> {
        let mut changed = None;
        self.0.send_modify(|rows| {
            changed = rows
                .iter_mut()
                .find(|row| row.id != 0 && Some(row.id) == id)
                .map(|row| {
                    work(row);
                    row.clone()
                });
        });
        changed.ok_or_else(|| Status::not_found("there is no such message"))
    }
}

#[async_trait]
impl MessageService for Service {
    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        let request = request.into_inner();
        let profile = self.known(request.profile_id)?;
        let mut messages = alive(&self.0.borrow());
        messages.retain(|row| request.all_profiles || row.profile_id == profile);
        messages.retain(|row| request.state == 0 || row.state == request.state);
        let wanted = usize::try_from(request.page_size).unwrap_or(100);
        let surplus = messages.len().saturating_sub(wanted);
        let messages = messages.split_off(surplus);
        Ok(Response::new(pb::ListMessagesResponse {
            messages,
            more: surplus > 0,
        }))
    }

    async fn get_message(
        &self,
        request: Request<pb::GetMessageRequest>,
    ) -> Result<Response<pb::GetMessageResponse>, Status> {
        let message = Some(self.change(request.into_inner().id, |_| {})?);
        Ok(Response::new(pb::GetMessageResponse { message }))
    }

    async fn create_message(
        &self,
        request: Request<pb::CreateMessageRequest>,
    ) -> Result<Response<pb::CreateMessageResponse>, Status> {
        let request = request.into_inner();
        let mut row = Message {
            id: 0,
            parent_id: request.parent_id,
            profile_id: self.known(request.profile_id)?,
            app: request.app,
            role: request.role,
            text: request.text,
            model: request.model,
            state: request.state,
            action: request.action,
            ..Default::default()
        };
        self.0.send_modify(|rows| {
            row.id = i64::try_from(rows.len() + 1).expect("few rows");
            rows.push(row.clone());
        });
        let message = Some(row);
        Ok(Response::new(pb::CreateMessageResponse {
            message,
            change_group: 1,
        }))
    }

    async fn update_message(
        &self,
        request: Request<pb::UpdateMessageRequest>,
    ) -> Result<Response<pb::UpdateMessageResponse>, Status> {
        let request = request.into_inner();
        if self.1.borrow().is_some() {
            self.1
                .send_modify(|refused| *refused = refused.map(|count| count + 1));
            return Err(Status::unavailable("being restarted"));
        }
        let message = self.change(request.id, |row| {
            row.text = request.text.unwrap_or_else(|| row.text.clone());
            row.usage = request.usage.or(row.usage);
            row.action = request.action.or_else(|| row.action.take());
            if request.state != 0 {
                row.state = request.state;
            }
        })?;
        let message = Some(message);
        Ok(Response::new(pb::UpdateMessageResponse {
            message,
            change_group: 1,
        }))
    }

    async fn import_messages(
        &self,
        _: Request<pb::ImportMessagesRequest>,
    ) -> Result<Response<pb::ImportMessagesResponse>, Status> {
        Err(Status::unimplemented("chat does not import messages"))
    }

    async fn delete_message(
        &self,
        request: Request<pb::DeleteMessageRequest>,
    ) -> Result<Response<pb::DeleteMessageResponse>, Status> {
        self.change(request.into_inner().id, |row| row.id = 0)?;
        Ok(Response::new(pb::DeleteMessageResponse { change_group: 1 }))
    }
}
