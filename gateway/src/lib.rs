//! What a browser sees: pages, live streams and the chat socket.
//!
//! A handler takes the request apart, makes one client call and renders; rules belong to the services. Pages hear of
//! every change through [`live`] and fetch anew what they show; only the model's words are pushed, through [`chat`].

pub mod apps;
pub mod assets;
pub mod chat;
pub mod clients;
pub mod config;
pub mod error;
pub mod guard;
pub mod live;
pub mod page;
pub mod ui;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Request, StatusCode},
    middleware::from_fn_with_state,
    routing::get,
};
use runtime::addr::{Addr, Listener};
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, trace::TraceLayer};

use crate::{chat::Chat, clients::Clients, config::Config, guard::Guard, live::Live};

/// Largest body a request may have, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// What handlers share.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The services.
    pub clients: Clients,
    /// Changes as they happen.
    pub live: Live,
    /// The conversation as it happens.
    pub chat: Chat,
    /// Fires when the process stops.
    pub shutdown: CancellationToken,
}

/// Serves browsers until `shutdown` fires and what is open has ended.
///
/// # Errors
/// Passes on what the system says about the listener.
pub async fn serve(
    config: Config,
    listener: Listener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let port = match listener.addr()? {
        Addr::Tcp(socket) => socket.port(),
        Addr::Unix(_) => 80, // a proxy in front decides; browsers leave the default port out
    };
    let clients = Clients::new(&config.services);
    let live = Live::watch(clients.changes.clone(), shutdown.clone());
    let gateway = Gateway {
        chat: Chat::new(clients.clone(), &live, shutdown.clone()),
        clients,
        live,
        shutdown: shutdown.clone(),
    };
    let router = router(gateway, Guard::new(port));
    let stop = shutdown.cancelled_owned();
    match listener {
        Listener::Tcp(listener) => {
            use axum::serve::ListenerExt as _;
            let listener = listener.tap_io(|stream| {
                let _ = stream.set_nodelay(true); // only slower without
            });
            axum::serve(listener, router)
                .with_graceful_shutdown(stop)
                .await
        }
        Listener::Unix(listener) => {
            axum::serve(listener, router)
                .with_graceful_shutdown(stop)
                .await
        }
    }
}

/// Every route, behind the guard.
pub fn router(gateway: Gateway, guard: Guard) -> Router {
    let mut router = Router::new()
        .route("/health", get(|| async { StatusCode::NO_CONTENT }))
        .route("/static/{*path}", get(assets::serve))
        .route("/sse", get(live::sse))
        .merge(chat::routes())
        .merge(page::routes());
    for app in apps::APPS {
        router = router.merge((app.routes)());
    }
    router
        .fallback(page::nowhere)
        .method_not_allowed_fallback(page::wrong_method)
        .with_state(Arc::new(gateway))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(guard, guard::guard))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            tracing::info_span!("request", otel.kind = "server", http.method = %request.method(), http.path = request.uri().path())
        }))
}
