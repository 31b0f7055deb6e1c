//! What the gateway needs to know before it starts.
use runtime::env::{Bad, Env, Services};

/// Checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the gRPC services are reached.
    pub services: Services,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the variable that can not be used.
    pub fn read(env: &Env) -> Result<Self, Bad> {
        Ok(Self {
            services: env.services()?,
        })
    }
}
