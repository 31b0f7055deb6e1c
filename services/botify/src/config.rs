//! What the service needs to know, checked before a port is bound.
use std::path::PathBuf;

use runtime::{
    addr::Addr,
    env::{Bad, Env},
};

pub use crate::api::Base;

/// Variable and default of the sandbox's address.
pub const SANDBOX: (&str, &str) = ("BF_SANDBOX_ADDR", "127.0.0.1:50080");
const API: (&str, &str) = ("BF_BOTIFY_API", "https://api.botify.com/v1");

/// The variables this service reads, for `--help`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("BF_HOME", "folder for everything kept (default ./data)"),
    (
        "BF_BOTIFY_API",
        "base address of the Botify API (default https://api.botify.com/v1)",
    ),
    (
        "BF_SANDBOX_ADDR",
        "where the sandbox is, for the token `sandbox` (default 127.0.0.1:50080)",
    ),
];

/// What the service needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder that the token is kept in.
    pub home: PathBuf,
    /// The API that tokens are for.
    pub api: Base,
    /// The API that the token `sandbox` is for.
    pub sandbox: Base,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the variable that can not be used.
    pub fn read(env: &Env) -> Result<Self, Bad> {
        Ok(Self {
            api: env.parse(API.0, API.1)?,
            sandbox: sandbox(env)?,
            home: env.home()?,
        })
    }
}

/// Returns the sandbox's base address.
///
/// # Errors
/// Refuses Unix sockets: what stands in for an HTTP API must be reached like one.
pub fn sandbox(env: &Env) -> Result<Base, Bad> {
    let bad = |value: String, reason: String| Bad {
        name: SANDBOX.0,
        value,
        reason,
    };
    match env.addr(SANDBOX.0, SANDBOX.1)? {
        Addr::Tcp(socket) => format!("http://{socket}/v1")
            .parse()
            .map_err(|reason| bad(socket.to_string(), reason)),
        socket @ Addr::Unix(_) => Err(bad(
            socket.to_string(),
            "is no port; use 127.0.0.1:PORT".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_is_found_where_the_environment_says() {
        let env = Env::of([("BF_SANDBOX_ADDR", "localhost:7")]);
        assert_eq!(
            sandbox(&env).expect("base").to_string(),
            "http://127.0.0.1:7/v1"
        );
        let env = Env::of([("BF_SANDBOX_ADDR", "unix:/tmp/s")]);
        assert_eq!(
            sandbox(&env).expect_err("no port").to_string(),
            "BF_SANDBOX_ADDR is `unix:/tmp/s`, which is no port; use 127.0.0.1:PORT"
        );
    }

    #[test]
    fn plain_http_to_another_machine_is_refused_before_anything_starts() {
        let home = tempfile::tempdir().expect("dir");
        let home = home.path().display().to_string();
        let env = Env::of([
            ("BF_BOTIFY_API", "http://example.com/v1"),
            ("BF_HOME", &home),
        ]);
        let sentence = Config::read(&env).expect_err("plain http").to_string();
        assert!(
            sentence.starts_with("BF_BOTIFY_API is `http://example.com/v1`, which"),
            "{sentence}"
        );
    }
}
