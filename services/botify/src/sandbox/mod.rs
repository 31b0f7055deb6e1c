//! A stand-in for the Botify API: same paths, same answers, a made-up site. So everything can be tried without an
//! account, and tested without a network.
//!
//! It speaks only of what the client uses. Queries are worked out for real over a crawl that is made up the same way
//! every time. Any token that is `sandbox` or begins with `demo-` is accepted.
mod answer;
mod bql;
mod crawl;
mod fields;
mod limit;
mod routes;
mod site;

use futures::future::BoxFuture;
use runtime::addr::{Addr, Listener};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Duration, timeout},
};
use tokio_util::sync::CancellationToken;

pub use self::{limit::Limit, routes::router};

const PROBE_LIMIT: Duration = Duration::from_millis(900);

/// Serves until `shutdown` fires and open requests have ended.
///
/// # Errors
/// Passes on what the transport says.
pub async fn serve(listener: Listener, shutdown: CancellationToken) -> std::io::Result<()> {
    let Listener::Tcp(listener) = listener else {
        return Err(std::io::Error::other("the sandbox listens on a port"));
    };
    axum::serve(listener, router(Limit::Botify))
        .with_graceful_shutdown(async move { shutdown.cancelled().await })
        .await
}

/// Asks the sandbox at `addr` for its front page; the error is a sentence.
pub fn probe(addr: Addr) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        match timeout(PROBE_LIMIT, first_line(&addr)).await {
            Ok(Ok(line)) if line.starts_with("HTTP/1.1 200") => Ok(()),
            Ok(Ok(line)) => Err(format!("the process at {addr} answers `{line}`")),
            _ => Err(format!("nothing answers at {addr}")),
        }
    })
}

async fn first_line(addr: &Addr) -> std::io::Result<String> {
    let Addr::Tcp(socket) = addr else {
        return Err(std::io::ErrorKind::Unsupported.into());
    };
    let mut stream = TcpStream::connect(socket).await?;
    let request = format!("GET / HTTP/1.1\r\nHost: {socket}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
