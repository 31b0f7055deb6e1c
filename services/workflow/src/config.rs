//! What the service needs to know before it starts.
use std::path::PathBuf;

use runtime::env::{Bad, Env, Services};

/// The variables besides the address, for `--help`.
pub const VARIABLES: &[(&str, &str)] = &[
    (
        "BF_HOME",
        "folder everything is kept in; your own workflows are in its folder workflows (default ./data)",
    ),
    (
        "BF_STORAGE_ADDR",
        "where storage is reached (default 127.0.0.1:50051)",
    ),
    (
        "BF_CHAT_ADDR",
        "where chat is reached (default 127.0.0.1:50052)",
    ),
    (
        "BF_BOTIFY_ADDR",
        "where botify is reached (default 127.0.0.1:50053)",
    ),
];

/// Configuration of the workflow service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the user's own workflow files; need not exist.
    pub folder: PathBuf,
    /// Where storage and the methods that steps call are reached.
    pub services: Services,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Names the variable that can not be used.
    pub fn read(env: &Env) -> Result<Self, Bad> {
        Ok(Self {
            folder: env.home()?.join("workflows"),
            services: env.services()?,
        })
    }
}
