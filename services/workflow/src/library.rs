//! The workflows there are: those built in, and the files in the user's folder, which win when names are equal.
//!
//! The folder is looked at whenever somebody asks, so what is listed is always what is there; files are only read
//! again when one of them changed.
mod file;
mod folder;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use runtime::tools::Catalog;

use self::folder::Snapshot;
use crate::{error::Error, step::Step};

const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// A workflow as its file describes it.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) steps: Vec<Step>,
}

/// A file of the library.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// What it describes, or what is wrong with it.
    pub(crate) workflow: Result<Arc<Workflow>, String>,
}

/// What was read, and what the folder held then.
type Shelf = (Snapshot, Arc<[Entry]>);

/// Every workflow file. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    folder: PathBuf,
    catalog: Catalog,
    read: Arc<Mutex<Option<Shelf>>>,
}

impl Library {
    /// Makes the library of the built-in workflows and those in `folder`, whose steps may call what is in `catalog`.
    pub(crate) fn new(folder: PathBuf, catalog: Catalog) -> Self {
        Self {
            folder,
            catalog,
            read: Arc::default(),
        }
    }

    /// Returns all workflows by title, broken ones included.
    pub(crate) async fn list(&self) -> Result<Arc<[Entry]>, Error> {
        let library = self.clone();
        Ok(tokio::task::spawn_blocking(move || library.read()).await?)
    }

    /// Returns a workflow by name.
    pub(crate) async fn find(&self, name: &str) -> Result<Arc<Workflow>, Error> {
        let entries = self.list().await?;
        let entry = entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| Error::UnknownWorkflow(name.to_owned()))?;
        let workflow = entry.workflow.clone();
        workflow.map_err(|reason| Error::BrokenWorkflow {
            name: name.to_owned(),
            reason,
        })
    }

    fn read(&self) -> Arc<[Entry]> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Snapshot::of(&self.folder);
        match &*read {
            Some((then, entries)) if *then == now && now.is_settled() => entries.clone(),
            _ => {
                let entries: Arc<[Entry]> = self.entries(&now).into();
                *read = Some((now, entries.clone()));
                entries
            }
        }
    }

    fn entries(&self, folder: &Snapshot) -> Vec<Entry> {
        let mut entries: Vec<Entry> = folder
            .texts()
            .map(|(name, text)| self.entry(name, text.as_deref().map_err(String::clone)))
            .collect();
        for (name, text) in BUILT_IN {
            if entries.iter().all(|entry| entry.name != *name) {
                entries.push(self.entry((*name).to_owned(), Ok(text)));
            }
        }
        entries.sort_by_cached_key(|entry| (entry.title().to_lowercase(), entry.name.clone()));
        entries
    }

    fn entry(&self, name: String, text: Result<&str, String>) -> Entry {
        let workflow = check_name(&name)
            .and(text)
            .and_then(|text| file::read(text, &self.catalog))
            .map(Arc::new);
        Entry { name, workflow }
    }
}

impl Entry {
    /// Returns its title; the name of a broken one.
    pub(crate) fn title(&self) -> &str {
        match &self.workflow {
            Ok(workflow) => &workflow.title,
            Err(_) => &self.name,
        }
    }
}

/// Refuses file names that would not do as an address.
fn check_name(name: &str) -> Result<(), String> {
    if is_word(name) {
        return Ok(());
    }
    Err(
        "the file's name must be 1 to 60 characters of a-z, 0-9 and `_`, and end in .toml"
            .to_owned(),
    )
}

/// Tells whether a name can stand in an address and in a template.
fn is_word(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=60).contains(&name.len()) && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(folder: &std::path::Path) -> Library {
        Library::new(folder.to_owned(), Catalog::built_in())
    }

    #[test]
    fn every_built_in_workflow_is_good() {
        let folder = tempfile::tempdir().expect("folder");
        for entry in &*library(folder.path()).read() {
            assert!(entry.workflow.is_ok(), "{entry:?}");
        }
    }

    #[test]
    fn a_user_file_replaces_the_built_in_one_of_the_same_name() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(
            folder.path().join("hello.toml"),
            "title = 'Mine'\n[[step]]\ntitle = 'x'",
        )
        .expect("write");
        let entries = library(folder.path()).read();
        let hellos: Vec<_> = entries.iter().filter(|e| e.name == "hello").collect();
        assert_eq!(hellos.len(), 1);
        assert_eq!(hellos[0].title(), "Mine");
    }

    #[test]
    fn a_file_with_a_name_that_will_not_do_is_listed_with_the_reason() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("My Flow.toml"), "").expect("write");
        let entries = library(folder.path()).read();
        let entry = entries
            .iter()
            .find(|e| e.name == "My Flow")
            .expect("listed");
        assert!(entry.workflow.as_ref().expect_err("broken").contains("a-z"));
    }
}
