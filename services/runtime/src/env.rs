//! The one reader of the environment. Whatever is wrong is said in a sentence that names the variable.
use std::{collections::HashMap, path::PathBuf};

use crate::addr::Addr;

/// A snapshot of the environment.
#[derive(Clone, Debug, Default)]
pub struct Env(HashMap<String, String>);

/// Variable and default of the storage service's address.
pub const STORAGE: (&str, &str) = ("BF_STORAGE_ADDR", "127.0.0.1:50051");
/// Variable and default of the chat service's address.
pub const CHAT: (&str, &str) = ("BF_CHAT_ADDR", "127.0.0.1:50052");
/// Variable and default of the botify service's address.
pub const BOTIFY: (&str, &str) = ("BF_BOTIFY_ADDR", "127.0.0.1:50053");
/// Variable and default of the workflow service's address.
pub const WORKFLOW: (&str, &str) = ("BF_WORKFLOW_ADDR", "127.0.0.1:50054");

/// Where the gRPC services are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// Tables and changes.
    pub storage: Addr,
    /// Conversation.
    pub chat: Addr,
    /// The Botify API.
    pub botify: Addr,
    /// Workflow runs.
    pub workflow: Addr,
}

impl Services {
    /// Returns the address of the service that holds a proto package, such as `botiferrous.storage.v1`.
    pub fn of_package(&self, package: &str) -> Option<&Addr> {
        match package {
            "botiferrous.storage.v1" => Some(&self.storage),
            "botiferrous.chat.v1" => Some(&self.chat),
            "botiferrous.botify.v1" => Some(&self.botify),
            "botiferrous.workflow.v1" => Some(&self.workflow),
            _ => None,
        }
    }
}

/// A variable whose value can not be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name} is `{value}`, which {reason}")]
pub struct Bad {
    /// Name of the variable.
    pub name: &'static str,
    /// What it holds.
    pub value: String,
    /// What is wrong with it and what to write instead, as the end of a sentence.
    pub reason: String,
}

impl Env {
    /// Takes a snapshot of this process's environment; values that are no UTF-8 are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// Makes an environment of the given pairs alone.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        )
    }

    /// Returns a variable's text; a blank one counts as absent.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// Returns a variable, parsed, or the default when it is absent.
    ///
    /// # Errors
    /// Says what the parser says about the value.
    pub fn parse<T>(&self, name: &'static str, default: &str) -> Result<T, Bad>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let value = self.text(name).unwrap_or_else(|| default.to_owned());
        value.parse().map_err(|e: T::Err| Bad {
            name,
            reason: e.to_string(),
            value,
        })
    }

    /// Returns an address, or the default when it is absent.
    ///
    /// # Errors
    /// Refuses what is no loopback or `unix:` address.
    pub fn addr(&self, name: &'static str, default: &str) -> Result<Addr, Bad> {
        self.parse(name, default)
    }

    /// Returns where every gRPC service is reached.
    ///
    /// # Errors
    /// Refuses what is no loopback or `unix:` address.
    pub fn services(&self) -> Result<Services, Bad> {
        Ok(Services {
            storage: self.addr(STORAGE.0, STORAGE.1)?,
            chat: self.addr(CHAT.0, CHAT.1)?,
            botify: self.addr(BOTIFY.0, BOTIFY.1)?,
            workflow: self.addr(WORKFLOW.0, WORKFLOW.1)?,
        })
    }

    /// Returns the folder everything is kept in, `BF_HOME` or `./data`, and makes it, for the user alone.
    ///
    /// # Errors
    /// Says so when it can not be made.
    pub fn home(&self) -> Result<PathBuf, Bad> {
        use std::os::unix::fs::DirBuilderExt;
        let home = PathBuf::from(self.text("BF_HOME").unwrap_or_else(|| "data".to_owned()));
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&home)
            .map_err(|e| Bad {
                name: "BF_HOME",
                value: home.display().to_string(),
                reason: format!("can not be used as a folder: {e}"),
            })?;
        Ok(home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_is_named_with_its_variable() {
        let env = Env::of([("BF_CHAT_ADDR", "0.0.0.0:1")]);
        assert_eq!(
            env.addr("BF_CHAT_ADDR", "127.0.0.1:2")
                .expect_err("bad")
                .to_string(),
            "BF_CHAT_ADDR is `0.0.0.0:1`, which can be reached by other machines; use 127.0.0.1:PORT or unix:PATH"
        );
    }

    #[test]
    fn a_blank_value_means_the_default() {
        let env = Env::of([("BF_CHAT_ADDR", "  ")]);
        assert_eq!(
            env.addr("BF_CHAT_ADDR", "127.0.0.1:2")
                .expect("default")
                .to_string(),
            "127.0.0.1:2"
        );
    }
}
