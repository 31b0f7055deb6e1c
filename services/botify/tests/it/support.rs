//! A service on a free port, and the outside world it speaks to.
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{Router, http::HeaderMap};
use botify::{
    config::{Base, Config},
    sandbox::Limit,
};
use proto::botify::{
    ConnectRequest, Connection, DisconnectRequest, GetConnectionRequest, ListProjectsRequest,
    Project, botify_service_client::BotifyServiceClient,
};
use runtime::{addr::Addr, grpc::Client};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

/// A running service; it stops when dropped.
pub(crate) struct Service {
    pub(crate) client: BotifyServiceClient<Client>,
    _stop: DropGuard,
}

impl Service {
    /// Starts the service with its home in `home`, for the API at `api`.
    pub(crate) async fn start(home: &Path, api: &str, sandbox: &str) -> Self {
        let base = |text: &str| text.parse::<Base>().expect("a base");
        let config = Config {
            home: home.to_owned(),
            api: base(api),
            sandbox: base(sandbox),
        };
        let addr: Addr = "127.0.0.1:0".parse().expect("an address");
        let listener = addr.bind().await.expect("a free port");
        let addr = listener.addr().expect("bound");
        let stop = CancellationToken::new();
        tokio::spawn(botify::serve(config, listener, stop.clone()));
        let client = Client::new(&addr, "test").with_deadline(std::time::Duration::from_secs(20));
        Self {
            client: BotifyServiceClient::new(client),
            _stop: stop.drop_guard(),
        }
    }

    /// Starts the service for an API made of `routes` below `/v1`, which accepts every token.
    pub(crate) async fn facing(home: &TempDir, routes: Router) -> Self {
        let profile = axum::routing::get(async || r#"{"data": {"username": "first.last"}}"#);
        let api = Router::new().nest("/v1", routes.route("/authentication/profile", profile));
        let api = world(api).await;
        Self::start(home.path(), &api, &api).await
    }

    pub(crate) async fn connect(&mut self, token: &str) -> Result<Connection, Status> {
        let token = token.to_owned();
        let answer = self.client.connect(ConnectRequest { token }).await?;
        Ok(answer.into_inner().connection.expect("a connection"))
    }

    pub(crate) async fn disconnect(&mut self) -> Connection {
        let answer = self.client.disconnect(DisconnectRequest {}).await;
        let connection = answer.expect("disconnected").into_inner().connection;
        connection.expect("a connection")
    }

    pub(crate) async fn connection(&mut self) -> Connection {
        let answer = self.client.get_connection(GetConnectionRequest {}).await;
        let connection = answer.expect("an answer").into_inner().connection;
        connection.expect("a connection")
    }

    pub(crate) async fn projects(&mut self, owner: &str) -> Result<Vec<Project>, Status> {
        let owner = owner.to_owned();
        let answer = self
            .client
            .list_projects(ListProjectsRequest { owner })
            .await?;
        Ok(answer.into_inner().projects)
    }
}

/// Serves `routes` on a free port and returns the base address below `/v1`.
pub(crate) async fn world(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{addr}/v1")
}

/// Serves the sandbox.
pub(crate) async fn sandbox() -> String {
    world(botify::sandbox::router(Limit::Botify)).await
}

/// A host that is not ours, and what it was told by those who came.
#[derive(Clone, Default)]
pub(crate) struct Stranger(Arc<Mutex<Vec<HeaderMap>>>);

impl Stranger {
    pub(crate) async fn serve(&self) -> String {
        let seen = Arc::clone(&self.0);
        let answer = async move |headers: HeaderMap| {
            seen.lock().expect("alive").push(headers);
            r#"{"results": [], "next": null}"#
        };
        world(Router::new().fallback(answer)).await
    }

    pub(crate) fn visits(&self) -> usize {
        self.0.lock().expect("alive").len()
    }
}

/// Returns a folder that goes away with the test.
pub(crate) fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}
