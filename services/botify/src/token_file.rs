//! The one file that holds the token: readable by the user alone, and at every moment either the old one or the new.
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

const NAME: &str = "botify-token";
const NEW: &str = "botify-token.new";

/// What is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The token.
    pub(crate) token: SecretString,
    /// The user it belongs to.
    pub(crate) username: String,
    /// Base address of the API it is for.
    pub(crate) api: String,
}

// Deliberately without Debug: this is the token in the clear.
#[derive(Serialize, Deserialize)]
struct InTheClear {
    token: String,
    username: String,
    api: String,
}

/// Returns what is kept; nothing when there is no file or nobody can make sense of it.
pub(crate) fn load(home: &Path) -> io::Result<Option<Kept>> {
    let bytes = match fs::read(home.join(NAME)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let Ok(kept) = serde_json::from_slice::<InTheClear>(&bytes) else {
        // The parser's own words could quote the token.
        tracing::warn!(file = NAME, "the token file can not be read; connect again");
        return Ok(None);
    };
    Ok(Some(Kept {
        token: kept.token.into(),
        username: kept.username,
        api: kept.api,
    }))
}

/// Keeps a token in place of any other.
pub(crate) fn save(home: &Path, kept: &Kept) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(home)?;
    let new = home.join(NEW);
    remove_if_there(&new)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let text = serde_json::to_vec(&InTheClear {
        token: kept.token.expose_secret().to_owned(),
        username: kept.username.clone(),
        api: kept.api.clone(),
    })?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&new, home.join(NAME))?;
    File::open(home)?.sync_all()
}

/// Forgets the token, if there is one.
pub(crate) fn remove(home: &Path) -> io::Result<()> {
    remove_if_there(&home.join(NEW))?;
    remove_if_there(&home.join(NAME))?;
    match File::open(home) {
        Ok(folder) => folder.sync_all(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn kept(token: &str) -> Kept {
        Kept {
            token: token.into(),
            username: "first.last".to_owned(),
            api: "https://api.botify.com/v1".to_owned(),
        }
    }

    #[test]
    fn the_file_is_the_users_alone_whatever_lay_there_before() {
        let dir = tempfile::tempdir().expect("dir");
        let home = dir.path().join("home");
        fs::create_dir(&home).expect("home");
        for name in [NAME, NEW] {
            fs::write(home.join(name), "left behind").expect("file");
        }
        save(&home, &kept("canary")).expect("saved");
        let mode = fs::metadata(home.join(NAME))
            .expect("file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!home.join(NEW).exists());
        let back = load(&home).expect("read").expect("kept");
        assert_eq!(back.token.expose_secret(), "canary");
        assert!(!format!("{back:?}").contains("canary"));
    }

    #[test]
    fn a_file_of_nonsense_counts_as_not_connected() {
        let dir = tempfile::tempdir().expect("dir");
        fs::write(dir.path().join(NAME), r#"{"token": 7}"#).expect("file");
        assert!(load(dir.path()).expect("read").is_none());
    }

    #[test]
    fn forgetting_twice_is_no_failure() {
        let dir = tempfile::tempdir().expect("dir");
        save(dir.path(), &kept("canary")).expect("saved");
        remove(dir.path()).expect("first");
        remove(dir.path()).expect("second");
        assert!(load(dir.path()).expect("read").is_none());
    }
}
