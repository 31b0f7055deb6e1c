//! `PipelineService`.
use proto::storage::{self as pb, pipeline_service_server::PipelineService};
use serde::de::IgnoredAny;
use tonic::{Request, Response};

use super::{Answer, taken};
use crate::{
    db::Db,
    error::Error,
    fields::Fields,
    pipeline::{self, Key, Pipeline},
};

/// Rows in a page unless the caller says.
const ROWS: usize = 100;
/// Bytes of data in a record.
const DATA: usize = 4 << 20;

pub(super) struct Service(pub(super) Db);

#[tonic::async_trait]
impl PipelineService for Service {
    async fn list_pipelines(
        &self,
        request: Request<pb::ListPipelinesRequest>,
    ) -> Answer<pb::ListPipelinesResponse> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let page = fields.page(
            request.page_size,
            ROWS,
            &request.page_token,
            pipeline::place,
        );
        fields.done()?;
        let app_name = Some(request.app_name.as_str()).filter(|name| !name.is_empty());
        let paged = self.0.read(|conn| pipeline::list(conn, app_name, &page))?;
        Ok(Response::new(pb::ListPipelinesResponse {
            pipelines: paged.rows.into_iter().map(Into::into).collect(),
            next_page_token: paged.next,
        }))
    }

    async fn get_pipeline(
        &self,
        request: Request<pb::GetPipelineRequest>,
    ) -> Answer<pb::GetPipelineResponse> {
        let request = request.into_inner();
        let key = key(request.app_name, request.url)?;
        let row = self.0.read(|conn| pipeline::get(conn, &key))?;
        Ok(Response::new(pb::GetPipelineResponse {
            pipeline: Some(row.into()),
        }))
    }

    async fn create_pipeline(
        &self,
        request: Request<pb::CreatePipelineRequest>,
    ) -> Answer<pb::CreatePipelineResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let key = checked(&mut fields, request.app_name, request.url);
        let data = match request.data.as_str() {
            "" => "{}".to_owned(),
            _ => object(&mut fields, request.data),
        };
        let parent = request.parent.map(|url| run(&mut fields, "parent", url));
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| {
                pipeline::create(tx, &key, &data, parent.as_deref())
            })
            .await?;
        Ok(Response::new(pb::CreatePipelineResponse {
            pipeline: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn update_pipeline(
        &self,
        request: Request<pb::UpdatePipelineRequest>,
    ) -> Answer<pb::UpdatePipelineResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let key = checked(&mut fields, request.app_name, request.url);
        let data = object(&mut fields, request.data);
        let revision = fields.required("revision", request.revision);
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| pipeline::update(tx, &key, &data, revision))
            .await?;
        Ok(Response::new(pb::UpdatePipelineResponse {
            pipeline: Some(written.value.into()),
            change_group: written.group,
        }))
    }

    async fn delete_pipeline(
        &self,
        request: Request<pb::DeletePipelineRequest>,
    ) -> Answer<pb::DeletePipelineResponse> {
        let (actor, request) = taken(request);
        let key = key(request.app_name, request.url)?;
        let written = self
            .0
            .write(actor, move |tx| pipeline::delete(tx, &key))
            .await?;
        Ok(Response::new(pb::DeletePipelineResponse {
            change_group: written.group,
        }))
    }
}

fn key(app_name: String, url: String) -> Result<Key, Error> {
    let mut fields = Fields::default();
    let key = checked(&mut fields, app_name, url);
    fields.done().map(|()| key)
}

fn checked(fields: &mut Fields, app_name: String, url: String) -> Key {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Key {
        app_name: fields.key(
            "app_name",
            app_name,
            allowed,
            "letters, digits, `-` and `_`",
        ),
        url: run(fields, "url", url),
    }
}

fn run(fields: &mut Fields, field: &str, url: String) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    fields.key(field, url, allowed, "letters, digits, `-`, `_` and `.`")
}

fn object(fields: &mut Fields, data: String) -> String {
    if data.is_empty() {
        fields.wrong("data", "is required");
    } else if data.len() > DATA {
        fields.wrong("data", "must not be larger than 4 MB");
    } else if let Err(e) = serde_json::from_str::<IgnoredAny>(&data) {
        fields.wrong("data", format!("is no valid JSON: {e}"));
    } else if !data.trim_start().starts_with('{') {
        fields.wrong("data", "must be a JSON object");
    }
    data
}

impl From<Pipeline> for pb::Pipeline {
    fn from(row: Pipeline) -> Self {
        Self {
            app_name: row.app_name,
            url: row.url,
            data: row.data,
            created: proto::time::to_wire(&row.created),
            updated: proto::time::to_wire(&row.updated),
            revision: row.revision,
            parent: row.parent,
        }
    }
}
