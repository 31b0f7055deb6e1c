//! What the chat service needs to know, checked before it starts.
use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use runtime::{
    addr::Addr,
    env::{Bad, Env, STORAGE, Services, WORKFLOW},
};

use crate::host::ModelHost;

/// The variables this service reads, for `--help`.
pub const VARIABLES: &[(&str, &str)] = &[
    (
        "BF_STORAGE_ADDR",
        "where storage is reached (default 127.0.0.1:50051)",
    ),
    (
        "BF_BOTIFY_ADDR",
        "where botify is reached (default 127.0.0.1:50053)",
    ),
    (
        "BF_WORKFLOW_ADDR",
        "where workflow is reached (default 127.0.0.1:50054)",
    ),
    (
        "BF_HOME",
        "the folder everything is kept in; prompts in its folder `prompts` replace the built-in ones (default ./data)",
    ),
    (
        "BF_CHAT_MODEL",
        "the model that answers when none is named (default: the best one installed)",
    ),
    (
        "OLLAMA_HOST",
        "where Ollama is reached: HOST, HOST:PORT or a URL (default 127.0.0.1:11434)",
    ),
];

const LONGEST_MODEL_NAME: usize = 500;

/// What the chat service needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where storage is reached.
    pub storage: Addr,
    /// Where workflow runs are reached.
    pub workflow: Addr,
    /// Where the methods that the model calls are reached.
    pub services: Services,
    /// The folder with the person's own prompts.
    pub home: PathBuf,
    /// Where the model server is reached.
    pub ollama: ModelHost,
    /// The model that answers when none is named; none means the best one installed.
    pub model: Option<ModelName>,
    /// How long and how large things may get.
    pub limits: Limits,
}

/// Bounds of an answer. The defaults are what people get; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Silence between two pieces of an answer. Before the first piece there is no such limit: a model that is not in
    /// memory loads for minutes.
    pub idle: Duration,
    /// An answer from question to end.
    pub overall: Duration,
    /// Time between two savings of an answer that is being written.
    pub save_every: Duration,
    /// Characters of an answer; what is longer is cut.
    pub answer_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(45),
            overall: Duration::from_secs(600),
            save_every: Duration::from_secs(1),
            answer_chars: 200_000,
        }
    }
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Names the variable whose value can not be used.
    pub fn read(env: &Env) -> Result<Self, Bad> {
        Ok(Self {
            storage: env.addr(STORAGE.0, STORAGE.1)?,
            workflow: env.addr(WORKFLOW.0, WORKFLOW.1)?,
            services: env.services()?,
            home: env.home()?,
            ollama: env.parse("OLLAMA_HOST", "127.0.0.1")?,
            model: match env.text("BF_CHAT_MODEL") {
                Some(_) => Some(env.parse("BF_CHAT_MODEL", "")?),
                None => None,
            },
            limits: Limits::default(),
        })
    }
}

/// The name of a model, such as `llama3.2` or `llama3.2:1b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName(String);

impl FromStr for ModelName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("must not be blank".to_owned()),
            name if name.chars().count() > LONGEST_MODEL_NAME => {
                Err(format!("is longer than {LONGEST_MODEL_NAME} characters"))
            }
            name if name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '`') => {
                Err("is no model name; write it like llama3.2:1b".to_owned())
            }
            name => Ok(Self(name.to_owned())),
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ModelName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(name: &'a str, value: &'a str) -> Env {
        let home = Box::leak(std::env::temp_dir().display().to_string().into_boxed_str());
        Env::of([("BF_HOME", &*home), (name, value)])
    }

    #[test]
    fn what_is_no_host_is_refused_with_the_variable() {
        for text in ["ftp://h", "a b", "h:99999", "http://u:p@h", "http://"] {
            let bad = Config::read(&env("OLLAMA_HOST", text)).expect_err(text);
            assert!(bad.to_string().starts_with("OLLAMA_HOST is"), "{bad}");
        }
    }

    #[test]
    fn a_model_name_holds_no_spaces() {
        let read = |name| Config::read(&env("BF_CHAT_MODEL", name));
        assert!(read("llama 3").is_err());
        let config = read(" llama3.2:1b ").expect("config");
        assert_eq!(config.model.expect("model").to_string(), "llama3.2:1b");
        assert!(read("").expect("blank means none").model.is_none());
    }
}
