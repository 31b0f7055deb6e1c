//! From the address of a page to the app it belongs to, and back.
use crate::apps;

/// Returns the path of an address, with or without a host.
pub(super) fn path_of(address: &str) -> &str {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => address,
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Returns the slug of the app that a page's address belongs to; `home` for anything else.
pub fn app_of(address: &str) -> String {
    let path = path_of(address).trim_start_matches('/');
    let slug = path.split('/').next().unwrap_or_default();
    apps::APPS
        .iter()
        .find(|app| app.slug == slug)
        .map_or("home", |app| app.slug)
        .to_owned()
}

/// Where a page is, as the chat needs to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Slug of the app.
    pub app: String,
    /// Name of the workflow; may be empty.
    pub workflow: String,
    /// Key of the run; may be empty.
    pub run: String,
}

/// Returns where a page's address leads.
pub fn place_of(address: &str) -> Place {
    let app = app_of(address);
    let mut parts = path_of(address).split('/').skip(2);
    let mut part = || match app.as_str() {
        "workflow" => parts.next().filter(|part| is_key(part)).unwrap_or_default(),
        _ => "",
    };
    let (workflow, run) = (part().to_owned(), part().to_owned());
    Place { app, workflow, run }
}

/// Anybody can type an address; only what may name a workflow or a run is passed on.
fn is_key(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    part.len() <= 100 && part.chars().all(fits)
}

/// Returns the address of an app.
pub fn home_of(slug: &str) -> String {
    if slug == "home" {
        "/".to_owned()
    } else {
        format!("/{slug}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_an_app() {
        assert_eq!(app_of("http://localhost:5001/task?x=1"), "task");
        assert_eq!(app_of("/workflow/hello/a-01"), "workflow");
        assert_eq!(app_of("http://localhost:5001/"), "home");
        assert_eq!(app_of(""), "home");
        assert_eq!(app_of("/nowhere"), "home");
    }

    #[test]
    fn an_address_says_which_run_is_in_front() {
        let place = |address| {
            let Place { app, workflow, run } = place_of(address);
            [app, workflow, run]
        };
        assert_eq!(
            place("http://localhost:5001/workflow/hello/a-01?x"),
            ["workflow", "hello", "a-01"]
        );
        assert_eq!(place("/workflow/hello"), ["workflow", "hello", ""]);
        assert_eq!(place("/workflow/%0Aa/b"), ["workflow", "", "b"]);
        assert_eq!(place("/task/1/2"), ["task", "", ""]);
    }
}
