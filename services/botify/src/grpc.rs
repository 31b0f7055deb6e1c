//! How the service is spoken to: decode, one call, encode.
use proto::botify::{self as pb, botify_service_server::BotifyService};
use tonic::{Request, Response, Status, async_trait};

use crate::{
    api::Api,
    connection::{Connection, Connections},
    error::Error,
    projects::{self, Analysis, Project},
    query::{self, Page, Query, Row},
    slug::Slug,
};

/// Answers `botiferrous.botify.v1.BotifyService`.
pub(crate) struct Botify {
    pub(crate) api: Api,
    pub(crate) connections: Connections,
}

#[async_trait]
impl BotifyService for Botify {
    async fn connect(
        &self,
        request: Request<pb::ConnectRequest>,
    ) -> Result<Response<pb::ConnectResponse>, Status> {
        let token = request.into_inner().token;
        let connection = self.connections.connect(&self.api, &token).await?;
        Ok(Response::new(pb::ConnectResponse {
            connection: Some(connection.into()),
        }))
    }

    async fn disconnect(
        &self,
        _: Request<pb::DisconnectRequest>,
    ) -> Result<Response<pb::DisconnectResponse>, Status> {
        let connection = self.connections.disconnect().await?;
        Ok(Response::new(pb::DisconnectResponse {
            connection: Some(connection.into()),
        }))
    }

    async fn get_connection(
        &self,
        _: Request<pb::GetConnectionRequest>,
    ) -> Result<Response<pb::GetConnectionResponse>, Status> {
        let connection = self.connections.current().await?;
        Ok(Response::new(pb::GetConnectionResponse {
            connection: Some(connection.into()),
        }))
    }

    async fn list_projects(
        &self,
        request: Request<pb::ListProjectsRequest>,
    ) -> Result<Response<pb::ListProjectsResponse>, Status> {
        let owner = request.into_inner().owner;
        let owner = Some(owner).filter(|owner| !owner.trim().is_empty());
        let owner = owner.map(|owner| Slug::read("owner", &owner)).transpose()?;
        let (access, username) = self.connections.access().await?;
        let owner = match owner {
            Some(owner) => owner,
            None => Slug::read("owner", &username).map_err(|_| {
                Error::invalid("owner", "must be named: the user's name is no slug")
            })?,
        };
        let projects = projects::list(&self.api, &access, &owner).await?;
        Ok(Response::new(pb::ListProjectsResponse {
            projects: projects.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_analyses(
        &self,
        request: Request<pb::ListAnalysesRequest>,
    ) -> Result<Response<pb::ListAnalysesResponse>, Status> {
        let request = request.into_inner();
        let owner = Slug::read("owner", &request.owner)?;
        let project = Slug::read("project", &request.project)?;
        let (access, _) = self.connections.access().await?;
        let analyses = projects::analyses(&self.api, &access, &owner, &project).await?;
        Ok(Response::new(pb::ListAnalysesResponse {
            analyses: analyses.into_iter().map(Into::into).collect(),
        }))
    }

    async fn query(
        &self,
        request: Request<pb::QueryRequest>,
    ) -> Result<Response<pb::QueryResponse>, Status> {
        let query = Query::try_from(request.into_inner())?;
        let (access, _) = self.connections.access().await?;
        let found = query::run(&self.api, &access, &query).await?;
        Ok(Response::new(pb::QueryResponse {
            rows: found.rows.into_iter().map(Into::into).collect(),
            more: found.more,
        }))
    }
}

impl TryFrom<pb::QueryRequest> for Query {
    type Error = Error;

    fn try_from(request: pb::QueryRequest) -> Result<Self, Error> {
        let bql = request
            .bql
            .ok_or_else(|| Error::invalid("bql", "must not be left out"))?;
        let bql = proto::json::of_struct(bql)
            .map(serde_json::Value::Object)
            .ok_or_else(|| Error::invalid("bql", "holds a number that JSON does not have"))?;
        Ok(Self {
            owner: Slug::read("owner", &request.owner)?,
            project: Slug::read("project", &request.project)?,
            bql: query::checked(bql)?,
            page: Page::read(request.page, request.size)?,
        })
    }
}

impl From<Connection> for pb::Connection {
    fn from(connection: Connection) -> Self {
        Self {
            connected: connection.username.is_some(),
            username: connection.username.unwrap_or_default(),
            api: connection.api.to_string(),
            sandbox: connection.api.is_loopback(),
        }
    }
}

impl From<Project> for pb::Project {
    fn from(project: Project) -> Self {
        Self {
            owner: project.owner,
            slug: project.slug,
            name: project.name,
        }
    }
}

impl From<Analysis> for pb::Analysis {
    fn from(analysis: Analysis) -> Self {
        Self {
            slug: analysis.slug,
            name: analysis.name,
            status: analysis.status,
            urls_done: analysis.urls_done,
            date_finished: analysis.date_finished,
        }
    }
}

impl From<Row> for pb::Row {
    fn from(row: Row) -> Self {
        Self {
            dimensions: Some(proto::json::to_list(row.dimensions)),
            metrics: Some(proto::json::to_list(row.metrics)),
        }
    }
}
