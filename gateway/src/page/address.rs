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
}
