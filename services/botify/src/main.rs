//! The process that speaks to Botify.
use std::process::ExitCode;

use botify::config::{self, Config};
use runtime::{
    env, grpc,
    process::{self, Process},
};

const BOTIFY: Process = Process {
    name: "botify",
    about: "speaks to the Botify API on behalf of one person",
    addr: env::BOTIFY,
    variables: config::VARIABLES,
    probe: grpc::probe,
};

fn main() -> ExitCode {
    process::main(&BOTIFY, Config::read, botify::serve)
}
