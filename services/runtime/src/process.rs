//! The life of a process: arguments, configuration, telemetry, a bound address, work, a clean stop.
//!
//! Everything is checked before a port is bound. Exit codes follow BSD's `sysexits.h`: 64 for a bad value or argument,
//! 69 when the address is taken, 70 when the work failed.
use std::{error::Error, future::Future, process::ExitCode, time::Duration};

use futures::future::BoxFuture;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    addr::{Addr, Listener},
    env::{Bad, Env},
    telemetry,
};

/// How long a process may take to stop.
pub const STOP_LIMIT: Duration = Duration::from_secs(5);

const BAD_VALUE: u8 = 64;
const ADDRESS_TAKEN: u8 = 69;
const WORK_FAILED: u8 = 70;

/// What a process says about itself.
pub struct Process {
    /// Name of the binary.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The variable that holds its address, and the address when the variable is absent.
    pub addr: (&'static str, &'static str),
    /// Other variables it reads, each with a sentence.
    pub variables: &'static [(&'static str, &'static str)],
    /// Asks the running process for its health; the error is a sentence.
    pub probe: fn(Addr) -> BoxFuture<'static, Result<(), String>>,
}

/// Runs a process to its end: reads arguments and configuration, binds, calls `serve`, and stops it on SIGTERM or
/// SIGINT. `serve` ends soon after its token fires, and is dropped after [`STOP_LIMIT`].
pub fn main<C, S, F, E>(process: &Process, read: fn(&Env) -> Result<C, Bad>, serve: S) -> ExitCode
where
    S: FnOnce(C, Listener, CancellationToken) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2) // the telemetry exporter needs a second one; more would only cost memory
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => return fail(WORK_FAILED, &format!("{} can not start: {e}", process.name)),
    };
    let env = Env::of_process();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => runtime.block_on(run(process, &env, read, serve)),
        ["--probe"] => runtime.block_on(probe(process, &env)),
        ["--help" | "-h"] => {
            print!("{}", help(process));
            ExitCode::SUCCESS
        }
        ["--version" | "-V"] => {
            println!("{} {}", process.name, env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => fail(
            BAD_VALUE,
            &format!(
                "unknown argument `{}`; see {} --help",
                arguments.join(" "),
                process.name
            ),
        ),
    }
}

async fn run<C, S, F, E>(
    process: &Process,
    env: &Env,
    read: fn(&Env) -> Result<C, Bad>,
    serve: S,
) -> ExitCode
where
    S: FnOnce(C, Listener, CancellationToken) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let (name, default) = process.addr;
    let checked = telemetry::init(process.name, env)
        .and_then(|telemetry| Ok((telemetry, env.addr(name, default)?, read(env)?)));
    let (telemetry, addr, config) = match checked {
        Ok(checked) => checked,
        Err(bad) => return fail(BAD_VALUE, &bad.to_string()),
    };
    let listener = match addr.bind().await {
        Ok(listener) => listener,
        Err(e) => {
            return fail(
                ADDRESS_TAKEN,
                &format!(
                    "{} can not listen on {addr}: {e}; set {name} to another address",
                    process.name
                ),
            );
        }
    };
    let bound = listener.addr().unwrap_or(addr);
    tracing::info!(addr = %bound, version = env!("CARGO_PKG_VERSION"), "listening");

    let shutdown = stop_signal();
    let outcome = tokio::select! {
        outcome = serve(config, listener, shutdown.clone()) => outcome.map_err(Into::into),
        () = overdue(&shutdown) => {
            tracing::warn!(limit_s = STOP_LIMIT.as_secs(), "stopped with calls still open");
            Ok(())
        }
    };
    let code = match outcome {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(e) => {
            tracing::error!(error = &*e, "failed");
            ExitCode::from(WORK_FAILED)
        }
    };
    telemetry.flush();
    code
}

async fn probe(process: &Process, env: &Env) -> ExitCode {
    let (name, default) = process.addr;
    let addr = match env.addr(name, default) {
        Ok(addr) => addr,
        Err(bad) => return fail(BAD_VALUE, &bad.to_string()),
    };
    match (process.probe)(addr).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(1, &sentence),
    }
}

/// Returns a token that fires at the first SIGTERM or SIGINT.
fn stop_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let fired = token.clone();
    tokio::spawn(async move {
        let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("stopping");
        fired.cancel();
    });
    token
}

async fn overdue(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    // A little less than the limit, so that the process is gone within it.
    tokio::time::sleep(STOP_LIMIT - Duration::from_millis(500)).await;
}

fn fail(code: u8, sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(code)
}

fn help(process: &Process) -> String {
    let (name, default) = process.addr;
    let mut text = format!(
        "{}: {}\n\nusage: {} [--probe | --help | --version]\n\n  --probe  exit 0 when the running process is healthy, 1 with a sentence when not\n\nenvironment:\n  {name}\n      where it listens: 127.0.0.1:PORT or unix:PATH (default {default})\n",
        process.name, process.about, process.name
    );
    for (variable, about) in process.variables.iter().chain(telemetry::VARIABLES) {
        text.push_str(&format!("  {variable}\n      {about}\n"));
    }
    text
}
