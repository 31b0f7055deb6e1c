//! `SettingService`.
use proto::storage::{self as pb, setting_service_server::SettingService};
use tonic::{Request, Response};

use super::{Answer, taken};
use crate::{
    db::Db,
    error::Error,
    fields::Fields,
    setting::{self, Setting},
};

/// Characters in a value.
const VALUE: usize = 10_000;

pub(super) struct Service(pub(super) Db);

#[tonic::async_trait]
impl SettingService for Service {
    async fn list_settings(
        &self,
        request: Request<pb::ListSettingsRequest>,
    ) -> Answer<pb::ListSettingsResponse> {
        let prefix = request.into_inner().prefix;
        let rows = self.0.read(|conn| setting::list(conn, &prefix))?;
        Ok(Response::new(pb::ListSettingsResponse {
            settings: rows.into_iter().map(Into::into).collect(),
        }))
    }

    async fn get_setting(
        &self,
        request: Request<pb::GetSettingRequest>,
    ) -> Answer<pb::GetSettingResponse> {
        let key = key(request.into_inner().key)?;
        let row = self.0.read(|conn| setting::get(conn, &key))?;
        Ok(Response::new(pb::GetSettingResponse {
            setting: Some(row.into()),
        }))
    }

    async fn set_setting(
        &self,
        request: Request<pb::SetSettingRequest>,
    ) -> Answer<pb::SetSettingResponse> {
        let (actor, request) = taken(request);
        let mut fields = Fields::default();
        let row = Setting {
            key: checked(&mut fields, request.key),
            value: fields.text("value", request.value, VALUE),
        };
        fields.done()?;
        let stored = row.clone();
        let written = self
            .0
            .write(actor, move |tx| setting::set(tx, &row))
            .await?;
        Ok(Response::new(pb::SetSettingResponse {
            setting: Some(stored.into()),
            change_group: written.group,
        }))
    }

    async fn delete_setting(
        &self,
        request: Request<pb::DeleteSettingRequest>,
    ) -> Answer<pb::DeleteSettingResponse> {
        let (actor, request) = taken(request);
        let key = key(request.key)?;
        let written = self
            .0
            .write(actor, move |tx| setting::delete(tx, &key))
            .await?;
        Ok(Response::new(pb::DeleteSettingResponse {
            change_group: written.group,
        }))
    }
}

fn key(key: String) -> Result<String, Error> {
    let mut fields = Fields::default();
    let key = checked(&mut fields, key);
    fields.done().map(|()| key)
}

fn checked(fields: &mut Fields, key: String) -> String {
    fields.key(
        "key",
        key,
        |c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.'),
        "a-z, 0-9, `_`, `-` and `.`",
    )
}

impl From<Setting> for pb::Setting {
    fn from(row: Setting) -> Self {
        Self {
            key: row.key,
            value: row.value,
        }
    }
}
