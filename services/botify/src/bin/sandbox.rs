//! The process that stands in for the Botify API, so that everything can be tried without an account.
use std::process::ExitCode;

use botify::{config, sandbox};
use runtime::process::{self, Process};

const SANDBOX: Process = Process {
    name: "sandbox",
    about: "stands in for the Botify API with a made-up site; connect with the token `sandbox`",
    addr: config::SANDBOX,
    variables: &[],
    probe: sandbox::probe,
};

fn main() -> ExitCode {
    // Read for its check alone: the address must be one that a plain HTTP client can dial.
    process::main(&SANDBOX, config::sandbox, |_, listener, shutdown| {
        sandbox::serve(listener, shutdown)
    })
}
