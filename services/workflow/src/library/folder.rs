//! The user's folder at a moment: which files it holds and when each changed last.
use std::{
    fs::{self, DirEntry, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Files that are looked at; more are left out.
const MOST_FILES: usize = 500;
/// Bytes a file may have.
const LARGEST: u64 = 256 * 1024;
/// A file changed so lately could change again without its time telling.
const UNSETTLED: Duration = Duration::from_secs(2);

/// What the folder holds, without what is in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot(Vec<Seen>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    path: PathBuf,
    modified: Option<SystemTime>,
    changed: (i64, i64),
    inode: u64,
    size: u64,
    is_file: bool,
}

impl Snapshot {
    /// Looks at a folder; one that is not there is empty.
    pub(super) fn of(folder: &Path) -> Self {
        let mut seen = match fs::read_dir(folder) {
            Ok(files) => files
                .flatten()
                .filter(is_workflow)
                .filter_map(seen)
                .collect(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(e) => {
                tracing::warn!(folder = %folder.display(), error = %e, "the user's workflows can not be listed");
                Vec::new()
            }
        };
        seen.sort();
        seen.truncate(MOST_FILES);
        Self(seen)
    }

    /// Tells whether an equal snapshot taken later means equal files.
    pub(super) fn is_settled(&self) -> bool {
        self.0.iter().all(|file| {
            let age = file.modified.and_then(|time| time.elapsed().ok());
            age.is_some_and(|age| age > UNSETTLED)
        })
    }

    /// Reads the files: name and text, or why it can not be read.
    pub(super) fn texts(&self) -> impl Iterator<Item = (String, Result<String, String>)> {
        self.0.iter().map(|file| {
            let name = file.path.file_stem().unwrap_or_default();
            (name.to_string_lossy().into_owned(), file.read())
        })
    }
}

impl Seen {
    fn read(&self) -> Result<String, String> {
        if !self.is_file {
            return Err("it is no file".to_owned());
        }
        if self.size > LARGEST {
            return Err(format!("the file is larger than {} KB", LARGEST / 1024));
        }
        fs::read_to_string(&self.path).map_err(|e| format!("the file can not be read: {e}"))
    }
}

/// Editors keep hidden files beside the real ones.
fn is_workflow(file: &DirEntry) -> bool {
    let path = file.path();
    path.extension().is_some_and(|ending| ending == "toml")
        && !file.file_name().to_string_lossy().starts_with('.')
}

/// Follows links: people keep their files elsewhere. A file that is gone meanwhile is left out.
#[expect(clippy::needless_pass_by_value, reason = "fits filter_map")]
fn seen(file: DirEntry) -> Option<Seen> {
    let path = file.path();
    let about: Metadata = fs::metadata(&path).ok()?;
    Some(Seen {
        path,
        modified: about.modified().ok(),
        changed: (about.ctime(), about.ctime_nsec()),
        inode: about.ino(),
        size: about.len(),
        is_file: about.is_file(),
    })
}
