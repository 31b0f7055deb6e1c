//! The services as the gateway calls them, all on behalf of the page.
use std::time::Duration;

use proto::{
    botify::botify_service_client::BotifyServiceClient,
    chat::chat_service_client::ChatServiceClient,
    storage::{
        change_service_client::ChangeServiceClient, message_service_client::MessageServiceClient,
        profile_service_client::ProfileServiceClient, setting_service_client::SettingServiceClient,
        task_service_client::TaskServiceClient,
    },
    workflow::workflow_service_client::WorkflowServiceClient,
};
use runtime::{env::Services, grpc::Client};

/// What the change log says about writes made here.
const ACTOR: &str = "page";

/// Botify answers in seconds, not milliseconds.
const OUTSIDE: Duration = Duration::from_secs(60);

/// Bytes of one answer, at most: a page of long messages or of full runs passes the 4 MB that clients take by default.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// One client per service; cheap to clone, as generated clients want `&mut`.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Client profiles.
    pub profiles: ProfileServiceClient<Client>,
    /// Todos.
    pub tasks: TaskServiceClient<Client>,
    /// Remembered values.
    pub settings: SettingServiceClient<Client>,
    /// The conversation as stored.
    pub messages: MessageServiceClient<Client>,
    /// The change log.
    pub changes: ChangeServiceClient<Client>,
    /// The model.
    pub chat: ChatServiceClient<Client>,
    /// The Botify API.
    pub botify: BotifyServiceClient<Client>,
    /// Workflow runs.
    pub workflows: WorkflowServiceClient<Client>,
}

impl Clients {
    /// Prepares the clients; nothing is dialled yet.
    pub fn new(services: &Services) -> Self {
        let storage = Client::new(&services.storage, ACTOR);
        Self {
            profiles: ProfileServiceClient::new(storage.clone()),
            tasks: TaskServiceClient::new(storage.clone()),
            settings: SettingServiceClient::new(storage.clone()),
            messages: MessageServiceClient::new(storage.clone())
                .max_decoding_message_size(LARGEST_ANSWER),
            changes: ChangeServiceClient::new(storage).max_decoding_message_size(LARGEST_ANSWER),
            chat: ChatServiceClient::new(Client::new(&services.chat, ACTOR).with_deadline(OUTSIDE)),
            botify: BotifyServiceClient::new(
                Client::new(&services.botify, ACTOR).with_deadline(OUTSIDE),
            ),
            workflows: WorkflowServiceClient::new(Client::new(&services.workflow, ACTOR))
                .max_decoding_message_size(LARGEST_ANSWER),
        }
    }
}
