//! The made-up organisation: its projects, their analyses, and the crawls behind them.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{answer::Refusal, crawl::Crawl};

/// The organisation that owns all projects.
pub(super) const OWNER: &str = "demo-org";
/// The user every token belongs to; as at Botify, not the owner of the projects they see.
pub(super) const USER: &str = "demo.visitor";

/// A project.
#[derive(Debug)]
pub(super) struct Project {
    /// Slug.
    pub(super) slug: &'static str,
    name: &'static str,
    /// Host of its pages.
    pub(super) host: &'static str,
    /// Whether its pages are sorted into segments; not every project's are.
    pub(super) segmented: bool,
    /// Newest first.
    pub(super) analyses: &'static [Analysis],
}

/// A crawl of a project.
#[derive(Debug)]
pub(super) struct Analysis {
    /// Slug.
    pub(super) slug: &'static str,
    /// `success` or another state.
    pub(super) status: &'static str,
    /// How many URLs were crawled.
    pub(super) urls: usize,
}

const fn done(slug: &'static str, urls: usize) -> Analysis {
    let status = "success";
    Analysis { slug, status, urls }
}

const PROJECTS: &[Project] = &[
    Project {
        slug: "garden-shop",
        name: "Garden Shop",
        host: "www.garden-shop.example",
        segmented: true,
        analyses: &[
            done("20250315-2", 3000),
            done("20250315", 2980),
            Analysis {
                slug: "20250301",
                status: "failed",
                urls: 12,
            },
            done("20250215", 2700),
            done("20250115", 2400),
        ],
    },
    Project {
        slug: "travel-notes",
        name: "Travel Notes",
        host: "travel-notes.example",
        segmented: false,
        analyses: &[done("20250310", 640), done("20250210", 600)],
    },
];

/// The site, with the crawls that were asked for so far.
#[derive(Debug, Default)]
pub(super) struct Site(Mutex<HashMap<(&'static str, &'static str), Arc<Crawl>>>);

impl Site {
    /// Returns a crawl; the same one every time.
    pub(super) fn crawl(
        &self,
        project: &'static Project,
        analysis: &'static Analysis,
    ) -> Arc<Crawl> {
        let mut crawls = self
            .0
            .lock()
            .expect("nothing panics while it holds the lock");
        let crawl = crawls
            .entry((project.slug, analysis.slug))
            .or_insert_with(|| Arc::new(Crawl::make(project.host, analysis.urls)));
        Arc::clone(crawl)
    }
}

/// Returns the projects a user or organisation sees.
pub(super) fn projects(user: &str) -> Result<&'static [Project], Refusal> {
    match user {
        OWNER | USER => Ok(PROJECTS),
        _ => Err(Refusal::user_not_found(user)),
    }
}

/// Finds a project of its owner.
pub(super) fn project(owner: &str, slug: &str) -> Result<&'static Project, Refusal> {
    let mut projects = PROJECTS.iter();
    projects
        .find(|project| owner == OWNER && project.slug == slug)
        .ok_or_else(|| Refusal::project_not_found(slug))
}

impl Project {
    /// Finds an analysis.
    pub(super) fn analysis(&self, slug: &str) -> Result<&'static Analysis, Refusal> {
        let mut analyses = self.analyses.iter();
        analyses
            .find(|analysis| analysis.slug == slug)
            .ok_or_else(|| Refusal::analysis_not_found(slug))
    }

    /// Says what the API says of it.
    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "slug": self.slug,
            "user": {"login": OWNER},
            "active": true,
        })
    }
}

impl Analysis {
    /// Whether it can be queried.
    pub(super) fn is_success(&self) -> bool {
        self.status == "success"
    }

    /// Returns its day as `YYYY-MM-DD`.
    pub(super) fn day(&self) -> String {
        format!(
            "{}-{}-{}",
            &self.slug[..4],
            &self.slug[4..6],
            &self.slug[6..8]
        )
    }

    /// Says what the API says of it; the count is text there.
    pub(super) fn json(&self) -> Value {
        let day = self.day();
        let name = match self.slug.split_once('-') {
            Some((_, number)) => format!("Crawl {number} of {day}"),
            None => format!("Crawl of {day}"),
        };
        json!({
            "slug": self.slug,
            "name": self.slug,
            "friendly_name": name,
            "status": self.status,
            "urls_done": self.urls.to_string(),
            "urls_in_queue": "0",
            "date_launched": format!("{day}T02:00:00Z"),
            "date_finished": format!("{day}T04:30:00Z"),
            "date_created": format!("{day}T01:55:00Z"),
            "date_last_modified": format!("{day}T04:31:00Z"),
        })
    }

    /// Returns the id of its collection.
    pub(super) fn collection(&self) -> String {
        format!("crawl.{}", self.slug)
    }
}
