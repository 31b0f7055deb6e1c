//! How a browser asks, as its headers tell.
use axum::http::{HeaderMap, header::ACCEPT};

/// How a browser asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A visit or a step back: the whole page.
    Page,
    /// A link or form that htmx follows: the whole page, of which it takes the work; failures as pieces.
    Boost,
    /// htmx wants one piece.
    Fragment,
    /// `Accept: application/json`.
    Json,
}

impl Ask {
    /// Reads the headers. Only htmx's own word `partial` means a fragment: a step back in the history wants the page.
    pub fn of(headers: &HeaderMap) -> Self {
        let is = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
        let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        if accepts.is_some_and(|accepts| accepts.starts_with("application/json")) {
            Self::Json
        } else if !is("hx-request", "true") {
            Self::Page
        } else if is("hx-request-type", "partial") {
            Self::Fragment
        } else {
            Self::Boost
        }
    }

    /// Returns whether the whole page is wanted.
    pub fn wants_page(self) -> bool {
        matches!(self, Self::Page | Self::Boost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&'static str, &'static str)]) -> Ask {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("value"));
        }
        Ask::of(&headers)
    }

    #[test]
    fn only_htmx_gets_fragments_and_only_when_it_says_partial() {
        assert_eq!(ask(&[]), Ask::Page);
        assert_eq!(
            ask(&[("hx-request", "true"), ("hx-request-type", "partial")]),
            Ask::Fragment
        );
        assert_eq!(
            ask(&[("hx-request", "true"), ("hx-request-type", "full")]),
            Ask::Boost
        );
        assert_eq!(ask(&[("hx-history-restore-request", "true")]), Ask::Page);
        assert_eq!(ask(&[("accept", "application/json")]), Ask::Json);
    }
}
