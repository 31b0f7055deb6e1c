//! What a person's projects are and which crawls they have, read from answers of several shapes.
use serde_json::Value;

use crate::{
    api::{Access, Api, lenient},
    error::Error,
    slug::Slug,
};

const MOST: usize = 10_000;
/// Asked for, not relied on: pages are followed to their end whatever size they have.
const PAGE: (&str, &str) = ("size", "100");

/// One project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    /// Slug of the user or organisation that owns it.
    pub(crate) owner: String,
    /// Slug.
    pub(crate) slug: String,
    /// Name for people.
    pub(crate) name: String,
}

/// One crawl of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Analysis {
    /// Slug.
    pub(crate) slug: String,
    /// Name for people; may be empty.
    pub(crate) name: String,
    /// State.
    pub(crate) status: String,
    /// How many URLs were crawled.
    pub(crate) urls_done: i64,
    /// When it was finished; may be empty.
    pub(crate) date_finished: String,
}

/// Lists the projects of a user or organisation, by name.
pub(crate) async fn list(api: &Api, access: &Access, owner: &Slug) -> Result<Vec<Project>, Error> {
    let first = access.base.at(["projects", owner.as_str()], &[PAGE]);
    let found = api.list(access, first, MOST).await?;
    let read = |value: &Value| Project::read(value, owner.as_str());
    let mut projects: Vec<Project> = found.iter().filter_map(read).collect();
    projects.sort_by_cached_key(|project| (project.name.to_lowercase(), project.slug.clone()));
    Ok(projects)
}

/// Lists the finished analyses of a project, newest first.
pub(crate) async fn analyses(
    api: &Api,
    access: &Access,
    owner: &Slug,
    project: &Slug,
) -> Result<Vec<Analysis>, Error> {
    let path = ["analyses", owner.as_str(), project.as_str(), "light"];
    let first = access.base.at(path, &[PAGE, ("only_success", "true")]);
    let found = api.list(access, first, MOST).await?;
    let mut analyses: Vec<Analysis> = found
        .iter()
        .filter_map(Analysis::read)
        .filter(Analysis::is_finished)
        .collect();
    analyses.sort_by_cached_key(|analysis| std::cmp::Reverse(analysis.age()));
    Ok(analyses)
}

impl Project {
    fn read(value: &Value, asked: &str) -> Option<Self> {
        let slug = lenient::first_text(value, ["/slug"])?;
        let owners = [
            "/user/login",
            "/organization/slug",
            "/organization/owner/username",
            "/owner/username",
        ];
        Some(Self {
            owner: lenient::first_text(value, owners).unwrap_or_else(|| asked.to_owned()),
            name: lenient::first_text(value, ["/name"]).unwrap_or_else(|| slug.clone()),
            slug,
        })
    }
}

impl Analysis {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            slug: lenient::first_text(value, ["/slug"])?,
            name: lenient::first_text(value, ["/friendly_name", "/name"]).unwrap_or_default(),
            status: lenient::text(value, "/status"),
            urls_done: lenient::count(value, "/urls_done"),
            date_finished: lenient::text(value, "/date_finished"),
        })
    }

    /// Whether its data can be asked for; one without a state came from a list of finished ones.
    fn is_finished(&self) -> bool {
        self.status.is_empty() || self.status.eq_ignore_ascii_case("success")
    }

    /// Returns the day and the number within the day, which sort like time; the tenth crawl of a day comes after
    /// the ninth.
    fn age(&self) -> (String, u32) {
        match self.slug.split_once('-') {
            Some((day, number)) => (day.to_owned(), number.parse().unwrap_or(1)),
            None => (self.slug.clone(), 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_owner_is_found_wherever_it_is() {
        for (value, owner) in [
            (json!({"slug": "s", "user": {"login": "org"}}), "org"),
            (json!({"slug": "s", "organization": {"slug": "org"}}), "org"),
            (
                json!({"slug": "s", "organization": {"owner": {"username": "org"}}}),
                "org",
            ),
            (json!({"slug": "s", "user": null}), "asked"),
        ] {
            let project = Project::read(&value, "asked").expect("a project");
            assert_eq!(
                (project.owner.as_str(), project.name.as_str()),
                (owner, "s")
            );
        }
        assert_eq!(Project::read(&json!({"name": "no slug"}), "asked"), None);
    }

    #[test]
    fn crawls_of_one_day_sort_by_their_number() {
        let read = |slug| Analysis::read(&json!({"slug": slug})).expect("an analysis");
        let analysis = |slug: &str| read(json!(slug));
        assert!(analysis("20250315-10").age() > analysis("20250315-9").age());
        assert!(analysis("20250315-2").age() > analysis("20250315").age());
        assert!(analysis("20250401").age() > analysis("20250315-2").age());
        assert_eq!(read(json!(20250401)).age(), ("20250401".to_owned(), 1));
    }

    #[test]
    fn only_finished_analyses_count() {
        let finished = |status| {
            let analysis = Analysis::read(&json!({"slug": "20250401", "status": status}));
            analysis.expect("an analysis").is_finished()
        };
        assert!(finished("success") && finished(""));
        assert!(!finished("failed") && !finished("crawling"));
    }
}
