//! Runs in storage, and the profile they are made for.
use proto::storage::{
    CreatePipelineRequest, GetPipelineRequest, GetProfileRequest, GetSettingRequest,
    ListPipelinesRequest, Pipeline, Profile, UpdatePipelineRequest,
    pipeline_service_client::PipelineServiceClient, profile_service_client::ProfileServiceClient,
    setting_service_client::SettingServiceClient,
};
use runtime::{addr::Addr, grpc::Client};
use tonic::{Code, Status};

use crate::{
    error::Error,
    run::{Record, Run},
};

/// Bytes of a record; storage takes 4 MB with everything around it.
const LARGEST_RECORD: usize = 3_900_000;
/// Bytes of a page of records.
const LARGEST_PAGE: usize = 256 * 1024 * 1024;
const LAST_PROFILE: &str = "last_profile_id";

/// The way to storage. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pipelines: PipelineServiceClient<Client>,
    profiles: ProfileServiceClient<Client>,
    settings: SettingServiceClient<Client>,
}

impl Store {
    pub(crate) fn new(storage: &Addr, actor: &'static str) -> Self {
        let client = Client::new(storage, actor);
        Self {
            pipelines: PipelineServiceClient::new(client.clone())
                .max_decoding_message_size(LARGEST_PAGE),
            profiles: ProfileServiceClient::new(client.clone()),
            settings: SettingServiceClient::new(client),
        }
    }

    /// Reads a run.
    pub(crate) async fn get(&self, workflow: &str, url: &str) -> Result<Option<Run>, Error> {
        let request = GetPipelineRequest {
            app_name: workflow.to_owned(),
            url: url.to_owned(),
        };
        let answer = self.pipelines.clone().get_pipeline(request).await;
        Ok(found(answer)?.and_then(|answer| answer.pipeline).map(run))
    }

    /// Lists runs, the one changed last first, with the token of the next page.
    pub(crate) async fn list(
        &self,
        workflow: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Run>, String), Error> {
        let request = ListPipelinesRequest {
            app_name: workflow.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
        };
        let page = self.pipelines.clone().list_pipelines(request).await?;
        let page = page.into_inner();
        let runs = page.pipelines.into_iter().map(run).collect();
        Ok((runs, page.next_page_token))
    }

    /// Adds a run; absent when the key is taken.
    pub(crate) async fn create(
        &self,
        workflow: &str,
        url: &str,
        record: &Record,
    ) -> Result<Option<Run>, Error> {
        let request = CreatePipelineRequest {
            app_name: workflow.to_owned(),
            url: url.to_owned(),
            data: record.text(),
            parent: None,
        };
        match self.pipelines.clone().create_pipeline(request).await {
            Ok(answer) => Ok(Some(run(whole(answer.into_inner().pipeline)?))),
            Err(status) if status.code() == Code::AlreadyExists => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    /// Replaces a run's record, provided that nobody else did since it was read.
    pub(crate) async fn update(&self, changed: &Run) -> Result<Run, Error> {
        let data = changed.record.text();
        if data.len() > LARGEST_RECORD {
            return Err(Error::TooLarge(changed.url.clone()));
        }
        let request = UpdatePipelineRequest {
            app_name: changed.workflow.clone(),
            url: changed.url.clone(),
            data,
            revision: Some(changed.revision),
        };
        let answer = self.pipelines.clone().update_pipeline(request).await?;
        Ok(run(whole(answer.into_inner().pipeline)?))
    }

    /// Returns the name menus show for the profile picked in the top bar; absent when none is.
    pub(crate) async fn current_profile(&self) -> Result<Option<String>, Error> {
        let request = GetSettingRequest {
            key: LAST_PROFILE.to_owned(),
        };
        let setting = found(self.settings.clone().get_setting(request).await)?;
        let id = setting.and_then(|answer| answer.setting?.value.parse().ok());
        let Some(id) = id else { return Ok(None) };
        let request = GetProfileRequest { id: Some(id) };
        let profile = found(self.profiles.clone().get_profile(request).await)?;
        Ok(profile.and_then(|answer| answer.profile).map(menu_name))
    }
}

fn menu_name(profile: Profile) -> String {
    if profile.menu_name.trim().is_empty() {
        profile.name
    } else {
        profile.menu_name
    }
}

fn found<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}

fn whole(row: Option<Pipeline>) -> Result<Pipeline, Status> {
    row.ok_or_else(|| Status::internal("storage answered without the record"))
}

fn run(row: Pipeline) -> Run {
    let text = |time: Option<prost_types::Timestamp>| {
        time.and_then(|time| proto::time::from_wire(&time))
            .unwrap_or_default()
    };
    Run {
        record: Record::parse(&row.data),
        workflow: row.app_name,
        url: row.url,
        created: text(row.created),
        updated: text(row.updated),
        revision: row.revision,
    }
}
