//! What is around a question: how it should be answered, whose work it is about, and the rows on the page in front.
//!
//! All of it is read at once and beside what an answer has to wait for anyway. What does not come in a moment is left
//! out: an answer without it is better than none.
use std::time::Duration;

use proto::{
    storage::{
        GetProfileRequest, ListProfilesRequest, ListSettingsRequest, ListTasksRequest, Profile,
        profile_service_client::ProfileServiceClient, setting_service_client::SettingServiceClient,
        task_service_client::TaskServiceClient,
    },
    workflow::{GetRunRequest, workflow_service_client::WorkflowServiceClient},
};
use runtime::{addr::Addr, grpc::Client};
use tokio::time::timeout;

use crate::{
    error::Error,
    manner::{self, Manner},
    rows::{self, Rows},
};

/// Time for what an answer can do without.
const MOMENT: Duration = Duration::from_millis(700);
/// Rows that are looked through for the newest ones: as many as storage lists at a time.
const LOOKED_THROUGH: i32 = 1000;

/// Where the person is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Slug of the app in front.
    pub app: String,
    /// Name of the workflow in front; may be empty.
    pub workflow: String,
    /// Key of the run in front; may be empty.
    pub run: String,
}

/// What is known about the surroundings of a question.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) manner: Manner,
    pub(crate) profile: Option<Profile>,
    pub(crate) rows: Option<Rows>,
}

/// Looks around.
#[derive(Clone)]
pub(crate) struct Surroundings {
    profiles: ProfileServiceClient<Client>,
    tasks: TaskServiceClient<Client>,
    settings: SettingServiceClient<Client>,
    workflows: WorkflowServiceClient<Client>,
}

impl Surroundings {
    pub(crate) fn new(storage: &Addr, workflow: &Addr) -> Self {
        let storage = Client::new(storage, "chat");
        Self {
            profiles: ProfileServiceClient::new(storage.clone()),
            tasks: TaskServiceClient::new(storage.clone()),
            settings: SettingServiceClient::new(storage),
            workflows: WorkflowServiceClient::new(Client::new(workflow, "chat")),
        }
    }

    /// Looks at everything; profile 0 is nobody.
    pub(crate) async fn of(&self, profile: i64, place: &Place) -> Seen {
        let (manner, profile, rows) = tokio::join!(
            self.manner(),
            self.profile(profile),
            self.rows(profile, place)
        );
        Seen {
            manner,
            profile,
            rows,
        }
    }

    /// Looks at nothing that belongs to somebody.
    pub(crate) async fn off_record(&self) -> Seen {
        Seen {
            manner: self.manner().await,
            ..Seen::default()
        }
    }

    async fn manner(&self) -> Manner {
        let request = ListSettingsRequest {
            prefix: manner::PREFIX.to_owned(),
        };
        let settings = soon(async {
            let listed = self.settings.clone().list_settings(request).await?;
            Ok(listed.into_inner().settings)
        });
        Manner::of(&settings.await.unwrap_or_default())
    }

    async fn profile(&self, id: i64) -> Option<Profile> {
        let request = (id != 0).then_some(GetProfileRequest { id: Some(id) })?;
        let profile = soon(async {
            let read = self.profiles.clone().get_profile(request).await?;
            Ok(read.into_inner().profile)
        });
        profile.await?
    }

    async fn rows(&self, profile: i64, place: &Place) -> Option<Rows> {
        match place.app.as_str() {
            "task" if profile != 0 => self.tasks(profile).await,
            "profile" => self.profiles().await,
            "workflow" if !place.run.is_empty() => self.run(place).await,
            _ => None,
        }
    }

    async fn tasks(&self, profile: i64) -> Option<Rows> {
        let request = ListTasksRequest {
            profile_id: Some(profile),
            page_size: LOOKED_THROUGH,
            ..Default::default()
        };
        soon(async {
            let listed = self.tasks.clone().list_tasks(request).await?;
            Ok(rows::tasks(listed.into_inner().tasks))
        })
        .await
    }

    async fn profiles(&self) -> Option<Rows> {
        let request = ListProfilesRequest {
            page_size: LOOKED_THROUGH,
            ..Default::default()
        };
        soon(async {
            let listed = self.profiles.clone().list_profiles(request).await?;
            Ok(rows::profiles(listed.into_inner().profiles))
        })
        .await
    }

    async fn run(&self, place: &Place) -> Option<Rows> {
        let request = GetRunRequest {
            workflow: place.workflow.clone(),
            url: place.run.clone(),
        };
        let run = soon(async {
            let read = self.workflows.clone().get_run(request).await?;
            Ok(read.into_inner().run)
        });
        run.await?.as_ref().map(rows::run)
    }
}

/// Returns what comes in a moment and without failure.
async fn soon<T>(work: impl Future<Output = Result<T, Error>>) -> Option<T> {
    match timeout(MOMENT, work).await {
        Ok(Ok(found)) => Some(found),
        Ok(Err(e)) if e.says_missing() => None,
        Ok(Err(e)) => {
            tracing::warn!(
                error = &e as &dyn std::error::Error,
                "the model is not told what the page shows"
            );
            None
        }
        Err(_) => {
            tracing::warn!("the model is not told what the page shows: it took too long");
            None
        }
    }
}
