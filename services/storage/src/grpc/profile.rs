//! `ProfileService`.
use proto::storage::{self as pb, profile_service_server::ProfileService};
use tonic::{Request, Response};

use super::{Answer, id, taken};
use crate::{
    db::Db,
    fields::Fields,
    page,
    profile::{self, Counted, Edit, New, Tasks},
};

/// Rows in a page unless the caller says.
const ROWS: usize = 500;

pub(super) struct Service(pub(super) Db);

#[tonic::async_trait]
impl ProfileService for Service {
    async fn list_profiles(
        &self,
        request: Request<pb::ListProfilesRequest>,
    ) -> Answer<pb::ListProfilesResponse> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let page = fields.page(request.page_size, ROWS, &request.page_token, page::place);
        fields.done()?;
        let paged = self
            .0
            .read(|conn| profile::list(conn, request.active, &page))?;
        Ok(Response::new(pb::ListProfilesResponse {
            profiles: paged.rows.into_iter().map(wire).collect(),
            next_page_token: paged.next,
        }))
    }

    async fn get_profile(
        &self,
        request: Request<pb::GetProfileRequest>,
    ) -> Answer<pb::GetProfileResponse> {
        let id = id(request.into_inner().id)?;
        let profile = self.0.read(|conn| profile::get(conn, id))?;
        Ok(Response::new(pb::GetProfileResponse {
            profile: Some(wire(profile)),
        }))
    }

    async fn create_profile(
        &self,
        request: Request<pb::CreateProfileRequest>,
    ) -> Answer<pb::CreateProfileResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let new = New {
            name: fields.name("name", &request.name),
            menu_name: fields.line("menu_name", &request.menu_name),
            address: fields.line("address", &request.address),
            code: fields.line("code", &request.code),
        };
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| profile::create(tx, &new))
            .await?;
        Ok(Response::new(pb::CreateProfileResponse {
            profile: Some(wire(written.value)),
            change_group: written.group,
        }))
    }

    async fn update_profile(
        &self,
        request: Request<pb::UpdateProfileRequest>,
    ) -> Answer<pb::UpdateProfileResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let id = fields.required("id", request.id);
        let edit = Edit {
            name: request.name.map(|text| fields.name("name", &text)),
            menu_name: request
                .menu_name
                .map(|text| fields.line("menu_name", &text)),
            address: request.address.map(|text| fields.line("address", &text)),
            code: request.code.map(|text| fields.line("code", &text)),
            active: request.active,
        };
        fields.done()?;
        let written = self
            .0
            .write(actor, move |tx| profile::update(tx, id, &edit))
            .await?;
        Ok(Response::new(pb::UpdateProfileResponse {
            profile: Some(wire(written.value)),
            change_group: written.group,
        }))
    }

    async fn delete_profile(
        &self,
        request: Request<pb::DeleteProfileRequest>,
    ) -> Answer<pb::DeleteProfileResponse> {
        let (actor, request) = taken(request);
        let id = id(request.id)?;
        let tasks = if request.cascade {
            Tasks::Delete
        } else {
            Tasks::Keep
        };
        let written = self
            .0
            .write(actor, move |tx| profile::delete(tx, id, tasks))
            .await?;
        Ok(Response::new(pb::DeleteProfileResponse {
            change_group: written.group,
        }))
    }

    async fn toggle_profile(
        &self,
        request: Request<pb::ToggleProfileRequest>,
    ) -> Answer<pb::ToggleProfileResponse> {
        let (actor, request) = taken(request);
        let id = id(request.id)?;
        let written = self
            .0
            .write(actor, move |tx| profile::toggle(tx, id, request.active))
            .await?;
        Ok(Response::new(pb::ToggleProfileResponse {
            profile: Some(wire(written.value)),
            change_group: written.group,
        }))
    }

    async fn sort_profiles(
        &self,
        request: Request<pb::SortProfilesRequest>,
    ) -> Answer<pb::SortProfilesResponse> {
        let (actor, request) = taken(request);
        let written = self
            .0
            .write(actor, move |tx| profile::sort(tx, &request.ids))
            .await?;
        Ok(Response::new(pb::SortProfilesResponse {
            change_group: written.group,
        }))
    }
}

fn wire((profile, task_count): Counted) -> pb::Profile {
    pb::Profile {
        id: profile.id,
        name: profile.name,
        menu_name: profile.menu_name,
        address: profile.address,
        code: profile.code,
        active: profile.active,
        priority: profile.priority,
        task_count,
    }
}
