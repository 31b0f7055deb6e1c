//! The two envelopes of the API: refusals, and pages of listings.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

const USUAL_SIZE: usize = 10;
const LARGEST_SIZE: usize = 500;

/// A refusal with one of Botify's error codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn not_authorised() -> Self {
        Self::new(401, "1001", "Not authorised: invalid token")
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(429, "1053", "Too many requests: 5 a second are allowed")
    }

    pub(super) fn user_not_found(user: &str) -> Self {
        Self::new(404, "1007", format!("User not found: {user}"))
    }

    pub(super) fn project_not_found(project: &str) -> Self {
        Self::new(404, "1010", format!("Project not found: {project}"))
    }

    pub(super) fn analysis_not_found(analysis: &str) -> Self {
        Self::new(404, "1004", format!("Analysis not found: {analysis}"))
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(404, "1000", "The sandbox has nothing there")
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::new(400, "1016", format!("Field mandatory: {field}"))
    }

    pub(super) fn bad_request(why: impl Into<String>) -> Self {
        Self::new(400, "1020", why)
    }

    pub(super) fn bad_query(why: impl Into<String>) -> Self {
        Self::new(400, "1022", why)
    }

    pub(super) fn too_many_multiple() -> Self {
        Self::new(400, "1028", "Too many multiple fields: one is allowed")
    }

    pub(super) fn unknown_field(field: &str) -> Self {
        Self::new(400, "1029", format!("Unknown field: {field}"))
    }

    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or_default(),
            code,
            message: message.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({"error_code": self.code, "message": self.message, "error_detail": {}});
        (self.status, Json(json!({"error": error}))).into_response()
    }
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    page: Option<usize>,
    size: Option<usize>,
}

/// A page that can be given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Wanted {
    /// Returns the page of a listing; sizes that are too large are cut.
    pub(super) fn of_listing(self) -> Page {
        Page {
            number: self.page.unwrap_or(1).max(1),
            size: self.size.unwrap_or(USUAL_SIZE).clamp(1, LARGEST_SIZE),
        }
    }

    /// Returns the page of a query; sizes that are too large are refused.
    pub(super) fn of_query(self) -> Result<Page, Refusal> {
        let size = self.size.unwrap_or(500);
        if !(1..=2000).contains(&size) {
            return Err(Refusal::bad_request("size must be 1 to 2000"));
        }
        let number = self.page.unwrap_or(1).max(1);
        Ok(Page { number, size })
    }
}

impl Page {
    /// Wraps what is on this page of `items`; `here` is the absolute address that was asked for. Queries give no
    /// count, as the real API does not.
    pub(super) fn envelope(self, here: &Url, items: Vec<Value>) -> Value {
        let first = (self.number - 1).saturating_mul(self.size);
        let more = items.len() > first.saturating_add(self.size);
        let turn = |number: usize| self.turned(here, number);
        let results: Vec<Value> = items.into_iter().skip(first).take(self.size).collect();
        json!({
            "results": results,
            "previous": (self.number > 1).then(|| turn(self.number - 1)),
            "next": more.then(|| turn(self.number + 1)),
            "page": self.number,
            "size": self.size,
        })
    }

    fn turned(self, here: &Url, number: usize) -> String {
        let kept = here
            .query_pairs()
            .filter(|(k, _)| k != "page" && k != "size");
        let mut url = here.clone();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("page", &number.to_string())
            .append_pair("size", &self.size.to_string());
        url.into()
    }
}
