//! The storage process.
use std::process::ExitCode;

use runtime::{env, grpc, process};

fn main() -> ExitCode {
    process::main(
        &process::Process {
            name: "storage",
            about: "every table, the change log, and the one door for writes",
            addr: env::STORAGE,
            variables: storage::Config::VARIABLES,
            probe: grpc::probe,
        },
        storage::Config::read,
        storage::serve,
    )
}
