//! Storage in memory: pipelines with revisions, settings and profiles to read.
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use proto::storage::{
    self as pb, Pipeline, Profile, Setting,
    pipeline_service_server::{PipelineService, PipelineServiceServer},
    profile_service_server::{ProfileService, ProfileServiceServer},
    setting_service_server::{SettingService, SettingServiceServer},
};
use runtime::{
    addr::{Addr, Listener},
    grpc::Server,
};
use tokio::sync::{Barrier, watch};
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;

#[derive(Clone, Default)]
pub(crate) struct FakeStorage(Arc<Inner>);

#[derive(Default)]
struct Inner {
    rows: Mutex<BTreeMap<(String, String), Pipeline>>,
    actors: Mutex<Vec<String>>,
    profile: Mutex<Option<Profile>>,
    changes: watch::Sender<u64>,
    meeting: Mutex<Vec<Arc<Barrier>>>,
    loses_answer: AtomicBool,
}

impl FakeStorage {
    pub(crate) async fn serve(&self, listener: Listener) -> Addr {
        let server = Server::new()
            .with(PipelineServiceServer::new(self.clone()))
            .with(SettingServiceServer::new(self.clone()))
            .with(ProfileServiceServer::new(self.clone()));
        super::serve_forever(server, listener)
    }

    /// Fires after every write.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Puts a record there as if a run had left it.
    pub(crate) fn put(&self, app_name: &str, url: &str, data: &str) {
        let row = Pipeline {
            app_name: app_name.to_owned(),
            url: url.to_owned(),
            data: data.to_owned(),
            revision: 1,
            ..Pipeline::default()
        };
        let mut rows = self.0.rows.lock().expect("rows");
        rows.insert((app_name.to_owned(), url.to_owned()), row);
    }

    /// Returns the data of a record.
    pub(crate) fn data(&self, app_name: &str, url: &str) -> Option<String> {
        let rows = self.0.rows.lock().expect("rows");
        let row = rows.get(&(app_name.to_owned(), url.to_owned()))?;
        Some(row.data.clone())
    }

    pub(crate) fn actors(&self) -> Vec<String> {
        self.0.actors.lock().expect("actors").clone()
    }

    /// Picks a profile in the top bar.
    pub(crate) fn pick(&self, name: &str, menu_name: &str) {
        *self.0.profile.lock().expect("profile") = Some(Profile {
            id: 7,
            name: name.to_owned(),
            menu_name: menu_name.to_owned(),
            ..Profile::default()
        });
    }

    /// Makes the next readers wait until there are so many of them.
    pub(crate) fn let_meet(&self, readers: usize) {
        let barrier = Arc::new(Barrier::new(readers));
        *self.0.meeting.lock().expect("meeting") = vec![barrier; readers];
    }

    /// Keeps the next update and says that it took too long.
    pub(crate) fn will_lose_an_answer(&self) {
        self.0.loses_answer.store(true, Ordering::SeqCst);
    }

    fn write(&self, request: &Request<impl Sized>) {
        let actor = runtime::grpc::actor(request.metadata()).to_owned();
        self.0.actors.lock().expect("actors").push(actor);
    }

    fn changed(&self) {
        self.0.changes.send_modify(|n| *n += 1);
    }
}

fn absent() -> Status {
    Status::not_found("no such row")
}

fn unneeded<T>() -> Answer<T> {
    Err(Status::unimplemented("not needed here"))
}

#[tonic::async_trait]
impl PipelineService for FakeStorage {
    async fn list_pipelines(
        &self,
        request: Request<pb::ListPipelinesRequest>,
    ) -> Answer<pb::ListPipelinesResponse> {
        let wanted = request.into_inner();
        let rows = self.0.rows.lock().expect("rows");
        let skip: usize = wanted.page_token.parse().unwrap_or(0);
        let size = if wanted.page_size == 0 {
            100
        } else {
            wanted.page_size as usize
        };
        let mut fitting = rows
            .values()
            .filter(|row| wanted.app_name.is_empty() || row.app_name == wanted.app_name)
            .skip(skip);
        let pipelines: Vec<_> = fitting.by_ref().take(size).cloned().collect();
        let next_page_token = fitting.next().map(|_| (skip + size).to_string());
        Ok(Response::new(pb::ListPipelinesResponse {
            pipelines,
            next_page_token: next_page_token.unwrap_or_default(),
        }))
    }

    async fn get_pipeline(
        &self,
        request: Request<pb::GetPipelineRequest>,
    ) -> Answer<pb::GetPipelineResponse> {
        let wanted = request.into_inner();
        let row = {
            let rows = self.0.rows.lock().expect("rows");
            rows.get(&(wanted.app_name, wanted.url)).cloned()
        };
        let meeting = self.0.meeting.lock().expect("meeting").pop();
        if let Some(meeting) = meeting {
            meeting.wait().await;
        }
        let pipeline = Some(row.ok_or_else(absent)?);
        Ok(Response::new(pb::GetPipelineResponse { pipeline }))
    }

    async fn create_pipeline(
        &self,
        request: Request<pb::CreatePipelineRequest>,
    ) -> Answer<pb::CreatePipelineResponse> {
        self.write(&request);
        let new = request.into_inner();
        if self.data(&new.app_name, &new.url).is_some() {
            return Err(Status::already_exists("the key is taken"));
        }
        self.put(&new.app_name, &new.url, &new.data);
        self.changed();
        let rows = self.0.rows.lock().expect("rows");
        Ok(Response::new(pb::CreatePipelineResponse {
            pipeline: rows.get(&(new.app_name, new.url)).cloned(),
            change_group: 1,
        }))
    }

    async fn update_pipeline(
        &self,
        request: Request<pb::UpdatePipelineRequest>,
    ) -> Answer<pb::UpdatePipelineResponse> {
        self.write(&request);
        let new = request.into_inner();
        let row = {
            let mut rows = self.0.rows.lock().expect("rows");
            let row = rows.get_mut(&(new.app_name, new.url)).ok_or_else(absent)?;
            if Some(row.revision) != new.revision {
                return Err(Status::aborted("somebody else changed the record"));
            }
            row.data = new.data;
            row.revision += 1;
            row.clone()
        };
        self.changed();
        if self.0.loses_answer.swap(false, Ordering::SeqCst) {
            return Err(Status::deadline_exceeded("too late"));
        }
        Ok(Response::new(pb::UpdatePipelineResponse {
            pipeline: Some(row),
            change_group: 1,
        }))
    }

    async fn delete_pipeline(
        &self,
        _: Request<pb::DeletePipelineRequest>,
    ) -> Answer<pb::DeletePipelineResponse> {
        unneeded()
    }
}

#[tonic::async_trait]
impl SettingService for FakeStorage {
    async fn get_setting(
        &self,
        request: Request<pb::GetSettingRequest>,
    ) -> Answer<pb::GetSettingResponse> {
        let key = request.into_inner().key;
        let profile = self.0.profile.lock().expect("profile").clone();
        let profile = profile
            .filter(|_| key == "last_profile_id")
            .ok_or_else(absent)?;
        let value = profile.id.to_string();
        let setting = Some(Setting { key, value });
        Ok(Response::new(pb::GetSettingResponse { setting }))
    }

    async fn list_settings(
        &self,
        _: Request<pb::ListSettingsRequest>,
    ) -> Answer<pb::ListSettingsResponse> {
        unneeded()
    }

    async fn set_setting(
        &self,
        _: Request<pb::SetSettingRequest>,
    ) -> Answer<pb::SetSettingResponse> {
        unneeded()
    }

    async fn delete_setting(
        &self,
        _: Request<pb::DeleteSettingRequest>,
    ) -> Answer<pb::DeleteSettingResponse> {
        unneeded()
    }
}

#[tonic::async_trait]
impl ProfileService for FakeStorage {
    async fn get_profile(
        &self,
        request: Request<pb::GetProfileRequest>,
    ) -> Answer<pb::GetProfileResponse> {
        let profile = self.0.profile.lock().expect("profile").clone();
        let profile = profile.filter(|p| Some(p.id) == request.into_inner().id);
        let profile = Some(profile.ok_or_else(absent)?);
        Ok(Response::new(pb::GetProfileResponse { profile }))
    }

    async fn list_profiles(
        &self,
        _: Request<pb::ListProfilesRequest>,
    ) -> Answer<pb::ListProfilesResponse> {
        unneeded()
    }

    async fn create_profile(
        &self,
        _: Request<pb::CreateProfileRequest>,
    ) -> Answer<pb::CreateProfileResponse> {
        unneeded()
    }

    async fn update_profile(
        &self,
        _: Request<pb::UpdateProfileRequest>,
    ) -> Answer<pb::UpdateProfileResponse> {
        unneeded()
    }

    async fn delete_profile(
        &self,
        _: Request<pb::DeleteProfileRequest>,
    ) -> Answer<pb::DeleteProfileResponse> {
        unneeded()
    }

    async fn toggle_profile(
        &self,
        _: Request<pb::ToggleProfileRequest>,
    ) -> Answer<pb::ToggleProfileResponse> {
        unneeded()
    }

    async fn sort_profiles(
        &self,
        _: Request<pb::SortProfilesRequest>,
    ) -> Answer<pb::SortProfilesResponse> {
        unneeded()
    }
}
