//! What the app menu offers. An app is one file here and two lines below: the `mod` and the place in the list.
pub mod connect_with_botify;
pub mod home;
pub mod profile;
pub mod settings;
pub mod task;
pub mod workflow;

use std::sync::Arc;

use axum::Router;
use proto::workflow::ListWorkflowsRequest;

use crate::{Gateway, clients::Clients};

/// An app, as plain data.
pub struct App {
    /// Its word everywhere: address, prompt file, topic.
    pub slug: &'static str,
    /// What people read.
    pub title: &'static str,
    /// One character in front of the title.
    pub icon: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// Its routes.
    pub routes: fn() -> Router<Arc<Gateway>>,
}

/// Every app, in the order of the menu.
pub const APPS: &[App] = &[
    home::APP,
    profile::APP,
    task::APP,
    connect_with_botify::APP,
    workflow::APP,
    settings::APP,
];

/// One line of the app menu: an app, or a workflow, which is a file and needs no line of code.
pub struct Entry {
    /// Address of its page.
    pub href: String,
    /// What people read.
    pub title: String,
    /// One character in front of the title.
    pub icon: &'static str,
    /// What it is for, in a sentence.
    pub about: String,
}

impl Entry {
    /// Returns whether a page belongs to it.
    pub fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&self.href)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Returns the menu: the apps, then the workflows. Without the workflow service the apps alone.
pub async fn entries(clients: &Clients) -> Vec<Entry> {
    let apps = APPS.iter().map(|app| Entry {
        href: crate::page::home_of(app.slug),
        title: app.title.to_owned(),
        icon: app.icon,
        about: app.about.to_owned(),
    });
    let listed = clients
        .workflows
        .clone()
        .list_workflows(ListWorkflowsRequest {})
        .await;
    let workflows = listed
        .map(|answer| answer.into_inner().workflows)
        .unwrap_or_default();
    let workflows = workflows
        .into_iter()
        .filter(|workflow| workflow.error.is_empty())
        .map(|workflow| Entry {
            href: format!("/workflow/{}", workflow.name),
            title: workflow.title,
            icon: "→",
            about: workflow.about,
        });
    apps.chain(workflows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_holds_its_own_pages_and_no_others() {
        let entry = |href: &str| Entry {
            href: href.to_owned(),
            title: String::new(),
            icon: "",
            about: String::new(),
        };
        assert!(entry("/task").holds("/task"));
        assert!(entry("/workflow").holds("/workflow/hello"));
        assert!(!entry("/task").holds("/tasks"));
        assert!(entry("/").holds("/"));
        assert!(!entry("/").holds("/task"));
    }

    #[test]
    fn slugs_are_unique_and_titles_are_there() {
        let slugs: std::collections::HashSet<_> = APPS.iter().map(|app| app.slug).collect();
        assert_eq!(slugs.len(), APPS.len());
        assert!(
            APPS.iter()
                .all(|app| !app.title.is_empty() && !app.about.is_empty())
        );
    }
}
