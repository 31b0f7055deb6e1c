//! The workflow process.
use std::process::ExitCode;

use runtime::{env, grpc, process::Process};
use workflow::{Config, serve};

fn main() -> ExitCode {
    let process = Process {
        name: "workflow",
        about: "runs step-by-step workflows described by files",
        addr: env::WORKFLOW,
        variables: workflow::VARIABLES,
        probe: grpc::probe,
    };
    runtime::process::main(&process, Config::read, serve)
}
