//! The client side of every call: a lazy channel with a deadline, back-off while the other side is away, and trace
//! context.
//!
//! A process that is being restarted is dialled again and again for [`PATIENCE`], so its callers notice a pause and
//! not a failure; nothing has been sent at that point, so nothing can happen twice.
use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tonic::{
    Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{Service, ServiceExt as _, service_fn};

use super::{ACTOR, trace};
use crate::addr::Addr;

/// How long one attempt to reach a process goes on before the call fails with UNAVAILABLE.
const PATIENCE: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

/// Calls one process. Cheap to clone; hand clones to the generated clients.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
    actor: HeaderValue,
    deadline: Duration,
    addr: Addr,
}

impl Client {
    /// Prepares calls to the process at `addr`; nothing is dialled before the first one. `actor` is what the change
    /// log will say. Calls fail with DEADLINE_EXCEEDED after 5 s without an answer; streams may last longer once
    /// they have begun.
    pub fn new(addr: &Addr, actor: &'static str) -> Self {
        let to = addr.clone();
        let channel = Endpoint::from_static("http://localhost")
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(5))
            .connect_with_connector_lazy(service_fn(move |_: Uri| dial(to.clone())));
        Self {
            channel,
            actor: HeaderValue::from_static(actor),
            deadline: Duration::from_secs(5),
            addr: addr.clone(),
        }
    }

    /// The same process with another deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

async fn dial(addr: Addr) -> io::Result<TokioIo<Pin<Box<dyn Wire>>>> {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        match dial_once(&addr).await {
            Err(_) if tokio::time::Instant::now() + pause < give_up => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome.map(TokioIo::new),
        }
    }
}

async fn dial_once(addr: &Addr) -> io::Result<Pin<Box<dyn Wire>>> {
    Ok(match addr {
        Addr::Tcp(socket) => {
            let stream = TcpStream::connect(socket).await?;
            stream.set_nodelay(true)?; // 40 ms per small message otherwise
            Box::pin(stream)
        }
        Addr::Unix(path) => Box::pin(UnixStream::connect(path).await?),
    })
}

/// A byte stream of either kind of socket.
trait Wire: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send> Wire for T {}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(())) // readiness is awaited in `call`, under the deadline
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        trace::inject(request.headers_mut());
        request
            .headers_mut()
            .entry(ACTOR)
            .or_insert_with(|| self.actor.clone());
        let answer = self.channel.clone().oneshot(request);
        let addr = self.addr.clone();
        Box::pin(within(self.deadline, self.addr.clone(), async move {
            answer.await.map_err(|e| {
                tracing::debug!(error = &e as &dyn std::error::Error, %addr, "call failed");
                Status::unavailable(format!("nothing answers at {addr}"))
            })
        }))
    }
}

async fn within<T>(
    limit: Duration,
    addr: Addr,
    work: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        Err(Status::deadline_exceeded(format!(
            "no answer from {addr} within {} s",
            limit.as_secs()
        )))
    })
}
