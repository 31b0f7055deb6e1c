//! A whole house in one process, on free ports, over an empty folder.
use std::{collections::HashMap, future::Future, path::Path};

use chat::fake::FakeOllama;
use futures::{SinkExt as _, StreamExt as _};
use proto::storage::{
    CreateProfileRequest, ListMessagesRequest, Message, Profile, SetSettingRequest,
    message_service_client::MessageServiceClient, profile_service_client::ProfileServiceClient,
    setting_service_client::SettingServiceClient, task_service_client::TaskServiceClient,
};
use reqwest::{Method, RequestBuilder, Response};
use runtime::{
    addr::{Addr, Listener},
    env::{Bad, Env},
    grpc::Client,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message as Wire, client::IntoClientRequest as _},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running house; it stops when it is dropped.
pub(crate) struct Stack {
    pub(crate) ollama: FakeOllama,
    pub(crate) storage: Addr,
    pub(crate) chat: Addr,
    host: String,
    http: reqwest::Client,
    home: tempfile::TempDir,
    _stop: DropGuard,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let ollama = FakeOllama::start().await;
        let stop = CancellationToken::new();
        let mut env: HashMap<&'static str, String> = HashMap::from([
            ("BF_HOME", home.path().display().to_string()),
            ("OLLAMA_HOST", ollama.host()),
        ]);
        // Every address is known before anything starts, as chat and workflow call each other.
        let storage = door(&mut env, "BF_STORAGE_ADDR").await;
        let sandbox = door(&mut env, "BF_SANDBOX_ADDR").await;
        let chat = door(&mut env, "BF_CHAT_ADDR").await;
        let botify = door(&mut env, "BF_BOTIFY_ADDR").await;
        let workflow = door(&mut env, "BF_WORKFLOW_ADDR").await;
        let gateway = door(&mut env, "BF_GATEWAY_ADDR").await;
        let storage = run(&env, storage, storage::Config::read, storage::serve, &stop);
        run(
            &env,
            sandbox,
            |_| Ok(()),
            |(), listener, stop| botify::sandbox::serve(listener, stop),
            &stop,
        );
        let chat = run(&env, chat, chat::Config::read, chat::serve, &stop);
        let read = botify::config::Config::read;
        run(&env, botify, read, botify::serve, &stop);
        run(
            &env,
            workflow,
            workflow::Config::read,
            workflow::serve,
            &stop,
        );
        let read = gateway::config::Config::read;
        let gateway = run(&env, gateway, read, gateway::serve, &stop);
        Self {
            ollama,
            storage,
            chat,
            host: gateway.to_string(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client"),
            home,
            _stop: stop.drop_guard(),
        }
    }

    /// A request as a page of the house sends it.
    pub(crate) fn page(&self, method: Method, path: &str) -> RequestBuilder {
        self.stranger(method, path)
            .header("Origin", format!("http://{}", self.host))
            .header("Sec-Fetch-Site", "same-origin")
    }

    /// A request by htmx for one piece.
    pub(crate) fn fragment(&self, method: Method, path: &str) -> RequestBuilder {
        self.page(method, path)
            .header("HX-Request", "true")
            .header("HX-Request-Type", "partial")
    }

    /// A request without anything that a page of the house adds.
    pub(crate) fn stranger(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.host))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.page(Method::GET, path)
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn body(&self, path: &str) -> String {
        self.get(path).await.text().await.expect("a body")
    }

    /// Adds a profile and puts it in front.
    pub(crate) async fn pick_new_profile(&self, name: &str) -> Profile {
        let client = Client::new(&self.storage, "test");
        let request = CreateProfileRequest {
            name: name.to_owned(),
            ..CreateProfileRequest::default()
        };
        let profile = ProfileServiceClient::new(client.clone())
            .create_profile(request)
            .await
            .expect("created")
            .into_inner()
            .profile
            .expect("a profile");
        let setting = SetSettingRequest {
            key: "last_profile_id".to_owned(),
            value: profile.id.to_string(),
        };
        SettingServiceClient::new(client)
            .set_setting(setting)
            .await
            .expect("picked");
        profile
    }

    /// The folder everything is kept in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn profiles(&self) -> ProfileServiceClient<Client> {
        ProfileServiceClient::new(Client::new(&self.storage, "test"))
    }

    pub(crate) fn settings(&self) -> SettingServiceClient<Client> {
        SettingServiceClient::new(Client::new(&self.storage, "test"))
    }

    /// What was said in the conversation in front.
    pub(crate) async fn messages(&self) -> Vec<Message> {
        let client = Client::new(&self.storage, "test");
        let listed = MessageServiceClient::new(client)
            .list_messages(ListMessagesRequest::default())
            .await;
        listed.expect("listed").into_inner().messages
    }

    pub(crate) fn tasks(&self) -> TaskServiceClient<Client> {
        TaskServiceClient::new(Client::new(&self.storage, "test"))
    }

    /// Opens a chat socket as a page does.
    pub(crate) async fn socket(&self) -> Socket {
        let mut request = format!("ws://{}/ws", self.host)
            .into_client_request()
            .expect("a request");
        let origin = format!("http://{}", self.host).parse().expect("a value");
        request.headers_mut().insert("origin", origin);
        let (stream, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("a socket");
        let mut socket = Socket(stream);
        socket.say(r#"{"k":"hello","after":null}"#).await;
        socket.until("#msg-list").await;
        socket
    }

    /// Says whether a socket without our origin is refused.
    pub(crate) async fn refuses_socket(&self, origin: Option<&str>) -> bool {
        let mut request = format!("ws://{}/ws", self.host)
            .into_client_request()
            .expect("a request");
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().expect("a value"));
        }
        tokio_tungstenite::connect_async(request).await.is_err()
    }
}

/// A page's chat socket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, text: &str) {
        self.0
            .send(Wire::text(text.to_owned()))
            .await
            .expect("sent");
    }

    /// Returns the frames up to the first one that holds `part`.
    pub(crate) async fn until(&mut self, part: &str) -> Vec<String> {
        let mut frames = Vec::new();
        loop {
            let next = tokio::time::timeout(std::time::Duration::from_secs(10), self.0.next());
            let frame = next
                .await
                .unwrap_or_else(|_| panic!("no {part} among {frames:#?}"));
            let Some(Ok(Wire::Text(text))) = frame else {
                panic!("{frame:?} after {frames:#?}")
            };
            frames.push(text.to_string());
            if text.contains(part) {
                return frames;
            }
        }
    }
}

/// Takes a free port and makes it known under a variable's name.
async fn door(env: &mut HashMap<&'static str, String>, name: &'static str) -> Listener {
    let free: Addr = "127.0.0.1:0".parse().expect("an address");
    let listener = free.bind().await.expect("a port");
    env.insert(name, listener.addr().expect("bound").to_string());
    listener
}

fn run<C, S, F, E>(
    env: &HashMap<&str, String>,
    listener: Listener,
    read: fn(&Env) -> Result<C, Bad>,
    serve: S,
    stop: &CancellationToken,
) -> Addr
where
    S: FnOnce(C, Listener, CancellationToken) -> F,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: std::fmt::Debug + Send + 'static,
{
    let config = read(&Env::of(
        env.iter().map(|(name, value)| (*name, value.as_str())),
    ))
    .expect("a good environment");
    let addr = listener.addr().expect("bound");
    let work = serve(config, listener, stop.clone());
    tokio::spawn(async move { work.await.expect("a clean end") });
    addr
}
