//! Names of owners and projects, checked before they become part of a path.
use crate::error::Error;

const LONGEST: usize = 200;

/// A slug of a user, an organisation or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slug(String);

impl Slug {
    /// Reads what a request says in `field`.
    pub(crate) fn read(field: &'static str, text: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| Err(Error::invalid(field, reason));
        let text = text.trim();
        if text.is_empty() {
            return invalid("must not be blank");
        }
        if text.len() > LONGEST {
            return invalid("must not be longer than 200 characters");
        }
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !text.chars().all(known) || matches!(text, "." | "..") {
            return invalid("must be a slug: letters, digits, `.`, `_` and `-` alone");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_as_botify_makes_them_are_taken() {
        for text in ["demo-org", "first.last", "Site_2", " trimmed "] {
            assert!(Slug::read("owner", text).is_ok(), "{text} was refused");
        }
    }

    #[test]
    fn whatever_could_leave_its_place_in_a_path_is_refused() {
        let long = "a".repeat(201);
        for text in [
            "", "  ", ".", "..", "a/b", "a?b", "a%2fb", "é", "a b", &long,
        ] {
            assert!(Slug::read("owner", text).is_err(), "{text:?} was taken");
        }
    }
}
