//! Checks the fields of a request at the edge, all of them before the caller hears what is wrong.
use crate::{error::Error, page::Page};

/// Characters in a name or another line of text.
pub(crate) const LINE: usize = 500;

/// What is wrong so far. A method that finds something wrong notes it and returns a stand-in, which [`Fields::done`]
/// keeps from being used.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Ends the checks.
    pub(crate) fn done(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    /// Notes that a field is wrong.
    pub(crate) fn wrong(&mut self, field: &str, reason: impl Into<String>) {
        self.0.push((field.to_owned(), reason.into()));
    }

    /// Takes a field that must be there.
    pub(crate) fn required<T: Default>(&mut self, field: &str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.wrong(field, "is required");
            T::default()
        })
    }

    /// Takes a name: some text, without the white space around it.
    pub(crate) fn name(&mut self, field: &str, text: &str) -> String {
        if text.trim().is_empty() {
            self.wrong(field, "must not be blank");
        }
        self.line(field, text)
    }

    /// Takes a line that may be empty, without the white space around it.
    pub(crate) fn line(&mut self, field: &str, text: &str) -> String {
        self.text(field, text.trim().to_owned(), LINE)
    }

    /// Takes text of at most `most` characters as it is.
    pub(crate) fn text(&mut self, field: &str, text: String, most: usize) -> String {
        if text.chars().count() > most {
            self.wrong(field, format!("must not be longer than {most} characters"));
        }
        text
    }

    /// Takes a key: 1 to 100 characters that are all `allowed`, as `spelled` says.
    pub(crate) fn key(
        &mut self,
        field: &str,
        key: String,
        allowed: fn(char) -> bool,
        spelled: &str,
    ) -> String {
        if key.is_empty() {
            self.wrong(field, "is required");
        } else if key.len() > 100 || !key.chars().all(allowed) {
            self.wrong(field, format!("must be 1 to 100 characters of {spelled}"));
        }
        key
    }

    /// Takes the number of rows wanted; 0 means `default`.
    pub(crate) fn page_size(&mut self, size: i32, default: usize) -> usize {
        match usize::try_from(size) {
            Ok(0) => default,
            Ok(size) if size <= 1000 => size,
            _ => {
                self.wrong("page_size", "must be 1 to 1000, or 0 for the default");
                default
            }
        }
    }

    /// Takes the page of a list.
    pub(crate) fn page<K>(
        &mut self,
        size: i32,
        default: usize,
        token: &str,
        read: fn(&str) -> Option<K>,
    ) -> Page<K> {
        let size = self.page_size(size, default);
        let after = (!token.is_empty()).then(|| read(token));
        if matches!(after, Some(None)) {
            self.wrong("page_token", "is no token of this list");
        }
        Page {
            size,
            after: after.flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(check: impl FnOnce(&mut Fields)) -> Vec<(String, String)> {
        let mut fields = Fields::default();
        check(&mut fields);
        match fields.done() {
            Err(Error::Invalid(wrong)) => wrong,
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_name_is_trimmed_and_counted_in_characters() {
        let mut fields = Fields::default();
        assert_eq!(fields.name("name", "  a b \n"), "a b");
        assert_eq!(fields.name("name", &"é".repeat(500)).chars().count(), 500);
        fields.done().expect("both are names");
    }

    #[test]
    fn blank_and_overlong_names_are_refused_together() {
        let wrong = wrong(|fields| {
            fields.name("name", " \t");
            fields.name("other", &"é".repeat(501));
        });
        assert_eq!(
            wrong,
            [
                ("name".to_owned(), "must not be blank".to_owned()),
                (
                    "other".to_owned(),
                    "must not be longer than 500 characters".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn a_page_has_1_to_1000_rows_and_a_token_of_ours() {
        let check = |size, token: &'static str| {
            wrong(move |fields| {
                fields.page(size, 7, token, |token| token.parse::<u8>().ok());
            })
            .len()
        };
        assert_eq!(
            [
                check(0, ""),
                check(1000, "9"),
                check(1001, ""),
                check(-1, "x")
            ],
            [0, 0, 1, 2]
        );
    }
}
