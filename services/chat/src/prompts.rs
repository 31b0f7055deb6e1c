//! The prompts: those of the person where there are any, else the ones that come with the app.
//!
//! A file in `$BF_HOME/prompts` takes the place of the built-in prompt of the same name. It is looked at whenever it is
//! needed and read again when it changed, so that editing one shows at the next question.
use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

const SYSTEM: &str = "system";
const BUILT_IN: &[(&str, &str)] = &[
    (SYSTEM, include_str!("../prompts/system.md")),
    ("home", include_str!("../prompts/home.md")),
    ("profile", include_str!("../prompts/profile.md")),
    ("task", include_str!("../prompts/task.md")),
    (
        "connect_with_botify",
        include_str!("../prompts/connect_with_botify.md"),
    ),
    ("workflow", include_str!("../prompts/workflow.md")),
];
/// One introduction per line: slug, a colon, the sentence that the chat says when the app is entered.
const INTROS: &str = include_str!("../prompts/intros.txt");
/// Largest file that is taken for a prompt.
const LARGEST: u64 = 64 * 1024;

/// Finds prompts by name.
pub struct Prompts {
    folder: PathBuf,
    read: Mutex<HashMap<String, Read>>,
}

/// A file as it was when it was read.
struct Read {
    version: Version,
    /// What it says; absent when it can not be used.
    text: Option<Arc<str>>,
}

/// Size and time of the last change, of words or of rights.
type Version = (u64, i64, i64);

impl Prompts {
    /// Looks for the person's own prompts in `home`.
    pub fn new(home: &Path) -> Self {
        Self {
            folder: home.join("prompts"),
            read: Mutex::default(),
        }
    }

    /// Returns what the model is told on every page.
    pub fn system(&self) -> Arc<str> {
        self.named(SYSTEM).unwrap_or_default()
    }

    /// Returns what the model is told about an app; absent when nobody wrote anything.
    pub fn of_app(&self, slug: &str) -> Option<Arc<str>> {
        (slug != SYSTEM).then(|| self.named(slug))?
    }

    /// `name` is a checked slug and holds no path; the stat, and rarely a read of 64 kB, need no thread of their own.
    fn named(&self, name: &str) -> Option<Arc<str>> {
        let path = self.folder.join(format!("{name}.md"));
        let own = match fs::metadata(&path) {
            Ok(file) => self.own(name, &path, &file),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => {
                refused(&path, &e);
                None
            }
        };
        own.or_else(|| built_in(name))
    }

    fn own(&self, name: &str, path: &Path, file: &Metadata) -> Option<Arc<str>> {
        let version = (file.len(), file.ctime(), file.ctime_nsec());
        let mut all = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(name).filter(|known| known.version == version) {
            return known.text.clone();
        }
        let text = match read(path, file) {
            Ok(text) => Some(Arc::from(text.trim())),
            Err(e) => {
                refused(path, &e);
                None
            }
        };
        let known = Read {
            version,
            text: text.clone(),
        };
        all.insert(name.to_owned(), known);
        text
    }
}

/// Returns the short introduction of an app; absent when it has none.
pub fn intro(slug: &str) -> Option<&'static str> {
    intros().find(|(app, _)| *app == slug).map(|(_, text)| text)
}

/// Returns whether a text is the introduction of an app.
pub fn is_intro(text: &str) -> bool {
    intros().any(|(_, intro)| intro == text)
}

fn intros() -> impl Iterator<Item = (&'static str, &'static str)> {
    INTROS.lines().filter_map(|line| line.split_once(": "))
}

fn built_in(name: &str) -> Option<Arc<str>> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Some(Arc::from(text.trim()))
}

/// Reads what is a file and not too large; anything else might never end.
fn read(path: &Path, file: &Metadata) -> io::Result<String> {
    if !file.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 64 kB"));
    }
    Ok(text)
}

fn refused(path: &Path, error: &io::Error) {
    tracing::warn!(prompt.path = %path.display(), %error, "prompt not used; the built-in one is");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> (PathBuf, Prompts) {
        let home = std::env::temp_dir().join(format!("bf-prompts-{name}-{}", std::process::id()));
        fs::create_dir_all(home.join("prompts")).expect("a folder");
        let prompts = Prompts::new(&home);
        (home.join("prompts"), prompts)
    }

    #[test]
    fn a_file_takes_the_place_of_the_built_in_prompt_and_is_read_again_when_it_changed() {
        let (files, prompts) = folder("own");
        let built_in = prompts.of_app("task").expect("built in");
        assert!(built_in.contains("Todos"));
        fs::write(files.join("task.md"), " First. \n").expect("written");
        assert_eq!(prompts.of_app("task").as_deref(), Some("First."));
        fs::write(files.join("task.md"), "Now second.").expect("written");
        assert_eq!(prompts.of_app("task").as_deref(), Some("Now second."));
        fs::remove_file(files.join("task.md")).expect("removed");
        assert_eq!(prompts.of_app("task"), Some(built_in));
    }

    #[test]
    fn a_file_that_can_not_be_used_leaves_the_built_in_prompt() {
        let (files, prompts) = folder("bad");
        let built_in = prompts.system();
        for bad in [b"\xff\xfe".to_vec(), vec![b'a'; 64 * 1024 + 1]] {
            fs::write(files.join("system.md"), bad).expect("written");
            assert_eq!(prompts.system(), built_in);
        }
        fs::create_dir_all(files.join("home.md")).expect("a folder in its place");
        assert!(prompts.of_app("home").expect("built in").contains("Home"));
    }

    #[test]
    fn an_app_of_which_nobody_wrote_has_no_prompt() {
        let (_, prompts) = folder("none");
        assert_eq!(prompts.of_app("nowhere"), None);
        assert_eq!(prompts.of_app("system"), None);
    }

    #[test]
    fn every_app_with_a_prompt_has_an_introduction() {
        for (name, _) in BUILT_IN.iter().filter(|(name, _)| *name != SYSTEM) {
            assert!(intro(name).is_some_and(is_intro), "{name}");
        }
    }
}
