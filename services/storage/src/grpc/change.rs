//! `ChangeService`.
use futures::{StreamExt as _, stream::BoxStream};
use proto::storage::{
    self as pb, change_service_server::ChangeService, watch_changes_response::Event as Wire,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{Answer, taken};
use crate::{
    changes::{self, Change, Event, Feed, Filter, Op},
    db::Db,
    error::Error,
    fields::Fields,
};

/// Rows in a page unless the caller says.
const ROWS: usize = 100;

pub(super) struct Service {
    db: Db,
    shutdown: CancellationToken,
}

impl Service {
    /// Serves the log; streams end when `shutdown` fires.
    pub(super) fn new(db: Db, shutdown: CancellationToken) -> Self {
        Self { db, shutdown }
    }
}

#[tonic::async_trait]
impl ChangeService for Service {
    type WatchChangesStream = BoxStream<'static, Result<pb::WatchChangesResponse, Status>>;

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        let feed = Feed::begin(&self.db, request.into_inner().after)?;
        let events = futures::stream::try_unfold(feed, |mut feed| async move {
            let event = feed.next().await?;
            Ok::<_, Error>(event.map(|event| (event, feed)))
        });
        let wire = events.map(|event| event.map(Into::into).map_err(Into::into));
        let until_stop = wire.take_until(self.shutdown.clone().cancelled_owned());
        Ok(Response::new(until_stop.boxed()))
    }

    async fn list_changes(
        &self,
        request: Request<pb::ListChangesRequest>,
    ) -> Answer<pb::ListChangesResponse> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        if request.topic.is_empty() && !request.id.is_empty() {
            fields.wrong("id", "needs a `topic`");
        }
        let filter = Filter {
            topic: Some(request.topic).filter(|topic| !topic.is_empty()),
            id: Some(request.id).filter(|id| !id.is_empty()),
            group: request.group,
            before_seq: request.before_seq,
            size: fields.page_size(request.page_size, ROWS),
        };
        fields.done()?;
        let (rows, head) = self
            .db
            .read(|conn| Ok((changes::list(conn, &filter)?, changes::head(conn)?)))?;
        Ok(Response::new(pb::ListChangesResponse {
            changes: rows.into_iter().map(Into::into).collect(),
            head,
        }))
    }

    async fn undo_changes(
        &self,
        request: Request<pb::UndoChangesRequest>,
    ) -> Answer<pb::UndoChangesResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let group = fields.required("group", request.group);
        fields.done()?;
        let written = self
            .db
            .write(actor, move |tx| changes::undo(tx, group))
            .await?;
        Ok(Response::new(pb::UndoChangesResponse {
            rows: i32::try_from(written.value).unwrap_or(i32::MAX),
            change_group: written.group,
        }))
    }
}

impl From<Event> for pb::WatchChangesResponse {
    fn from(event: Event) -> Self {
        let event = match event {
            Event::Change(change) => Wire::Change(change.into()),
            Event::Resync(head) => Wire::Resync(pb::Resync { head }),
        };
        Self { event: Some(event) }
    }
}

impl From<Change> for pb::Change {
    fn from(change: Change) -> Self {
        let op = [
            (Op::Created, pb::Op::Created),
            (Op::Updated, pb::Op::Updated),
            (Op::Deleted, pb::Op::Deleted),
        ]
        .into_iter()
        .find(|(ours, _)| ours.name() == change.op)
        .map_or(pb::Op::Unspecified, |(_, wire)| wire);
        Self {
            seq: change.seq,
            time: proto::time::to_wire(&change.time),
            actor: change.actor,
            group: change.group,
            topic: change.topic,
            op: op.into(),
            id: change.id,
            before: change.before,
            after: change.after,
        }
    }
}
