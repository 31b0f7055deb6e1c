//! What the service needs to know before it starts.
use std::path::PathBuf;

use runtime::env::{Bad, Env};

const DATABASE_URL: &str = "BF_DATABASE_URL";

/// Where the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The SQLite file.
    pub database: PathBuf,
}

impl Config {
    /// The variables it reads, each with a sentence.
    pub const VARIABLES: &[(&str, &str)] = &[
        (
            "BF_HOME",
            "folder that everything is kept in (default ./data)",
        ),
        (
            DATABASE_URL,
            "sqlite:PATH (default botiferrous.db in BF_HOME)",
        ),
    ];

    /// Reads the environment.
    ///
    /// # Errors
    /// Refuses what is no `sqlite:PATH`, and a BF_HOME that can not be made.
    pub fn read(env: &Env) -> Result<Self, Bad> {
        let Some(url) = env.text(DATABASE_URL) else {
            let database = env.home()?.join("botiferrous.db");
            return Ok(Self { database });
        };
        match url.strip_prefix("sqlite:") {
            // Each connection would see a memory of its own.
            Some("" | ":memory:") => Err(bad(url, "names no file; use sqlite:PATH")),
            Some(path) => Ok(Self {
                database: path.into(),
            }),
            None => Err(bad(
                url,
                "is no database that this program can use; use sqlite:PATH",
            )),
        }
    }
}

fn bad(value: String, reason: &str) -> Bad {
    Bad {
        name: DATABASE_URL,
        value: without_secrets(value),
        reason: reason.to_owned(),
    }
}

/// Cuts a URL after its scheme when it may hold a password.
fn without_secrets(url: String) -> String {
    match url.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://..."),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_in_the_home_folder_unless_a_url_names_it() {
        let dir = tempfile::tempdir().expect("dir");
        let home = dir.path().to_str().expect("utf-8");
        let read = |url| Config::read(&Env::of([("BF_HOME", home), (DATABASE_URL, url)]));
        assert_eq!(
            read("").expect("default").database,
            dir.path().join("botiferrous.db")
        );
        assert_eq!(
            read("sqlite:/x/y.db").expect("url").database,
            PathBuf::from("/x/y.db")
        );
    }

    #[test]
    fn another_engine_is_refused_and_its_password_not_repeated() {
        let bad = Config::read(&Env::of([(DATABASE_URL, "mysql://me:secret@host/db")]))
            .expect_err("refused")
            .to_string();
        assert_eq!(
            bad,
            "BF_DATABASE_URL is `mysql://...`, which is no database that this program can use; use sqlite:PATH"
        );
        for url in ["sqlite:", "sqlite::memory:", "somewhere.db"] {
            assert!(
                Config::read(&Env::of([(DATABASE_URL, url)])).is_err(),
                "{url} was taken"
            );
        }
    }
}
