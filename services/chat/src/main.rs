//! The chat process: conversation with a local model.
use std::process::ExitCode;

use runtime::{env, grpc, process, process::Process};

fn main() -> ExitCode {
    let process = Process {
        name: "chat",
        about: "talks with a local model and keeps what was said",
        addr: env::CHAT,
        variables: chat::config::VARIABLES,
        probe: grpc::probe,
    };
    process::main(&process, chat::Config::read, chat::serve)
}
