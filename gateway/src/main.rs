//! The gateway process.
use std::process::ExitCode;

use futures::future::BoxFuture;
use gateway::{config::Config, serve};
use runtime::{
    addr::Addr,
    env,
    process::{self, Process},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn main() -> ExitCode {
    let gateway = Process {
        name: "gateway",
        about: "serves the pages, live streams and the chat socket to the browser",
        addr: ("BF_GATEWAY_ADDR", "127.0.0.1:5001"),
        variables: &[
            (
                env::STORAGE.0,
                "where storage is reached (default 127.0.0.1:50051)",
            ),
            (
                env::CHAT.0,
                "where chat is reached (default 127.0.0.1:50052)",
            ),
            (
                env::BOTIFY.0,
                "where botify is reached (default 127.0.0.1:50053)",
            ),
            (
                env::WORKFLOW.0,
                "where workflow is reached (default 127.0.0.1:50054)",
            ),
        ],
        probe,
    };
    process::main(&gateway, Config::read, serve)
}

/// Asks the running gateway for its health, over HTTP as a browser would.
fn probe(addr: Addr) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let answer = match &addr {
            Addr::Tcp(socket) => match tokio::net::TcpStream::connect(socket).await {
                Ok(stream) => ask(stream, &format!("localhost:{}", socket.port())).await,
                Err(e) => Err(e),
            },
            Addr::Unix(path) => match tokio::net::UnixStream::connect(path).await {
                Ok(stream) => ask(stream, "localhost:80").await,
                Err(e) => Err(e),
            },
        };
        match answer {
            Ok(answer) if answer.starts_with("HTTP/1.1 204") => Ok(()),
            Ok(_) => Err(format!("what answers at {addr} is no gateway")),
            Err(e) => Err(format!("nothing answers at {addr}: {e}")),
        }
    })
}

async fn ask<S>(mut stream: S, host: &str) -> std::io::Result<String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let request = format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(1024).read_to_string(&mut answer).await?;
    Ok(answer)
}
