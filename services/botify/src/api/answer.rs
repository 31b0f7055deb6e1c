//! Reads one answer: bounded, whatever its length header says, and whatever it turns out to be.
use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{Access, lenient};
use crate::error::{Error, Refusal};

const LONGEST_BODY: usize = 32 << 20;
const LONGEST_MESSAGE: usize = 300;
/// Shorter tokens are the sandbox's, and words of their own.
const SHORTEST_SECRET: usize = 8;

/// Reads the JSON of a success, or what a refusal says.
pub(super) async fn read(answer: Response, access: &Access) -> Result<Value, Error> {
    let status = answer.status();
    if status.is_redirection() {
        let why = "answers with a redirect, which is not followed with a token";
        return Err(access.base.unreadable(why));
    }
    let kind = content_type(answer.headers());
    let retry_after = retry_after(answer.headers(), Timestamp::now());
    let body = body(answer, access).await?;
    let json = serde_json::from_slice(&body);
    if !status.is_success() {
        return Err(Error::Refused(Refusal {
            status: status.as_u16(),
            message: short(&masked(&message(&json.unwrap_or_default()), access)),
            retry_after,
        }));
    }
    json.map_err(|_| {
        access
            .base
            .unreadable(format!("answers with {kind} instead of JSON"))
    })
}

async fn body(mut answer: Response, access: &Access) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let lost = |e| access.base.unreachable(e);
    while let Some(chunk) = answer.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(access.base.unreadable("answers with more than 32 MB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn content_type(headers: &HeaderMap) -> &'static str {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    match kind {
        Some(kind) if kind.starts_with("text/html") => "a web page",
        Some(kind) if kind.starts_with("application/json") => "broken JSON",
        _ => "something",
    }
}

/// Returns the pause that is asked for, in seconds or up to a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::parse(text).ok()?.timestamp();
    let seconds = date.as_second() - now.as_second();
    Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

/// Finds the sentence in an error envelope of any shape seen so far.
fn message(body: &Value) -> String {
    [
        "/error/message",
        "/error/error_detail",
        "/error",
        "/message",
        "/detail",
    ]
    .into_iter()
    .map(|path| lenient::text(body, path))
    .find(|text| !text.is_empty())
    .unwrap_or_default()
}

/// Takes the token out of what the API says, should the API quote it.
fn masked(text: &str, access: &Access) -> String {
    match access.token.expose_secret() {
        token if token.len() >= SHORTEST_SECRET => text.replace(token, "***"),
        _ => text.to_owned(),
    }
}

fn short(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_messages_are_found_in_any_envelope() {
        for body in [
            json!({"error": {"error_code": "1029", "message": "no such field"}}),
            json!({"error": "no such field"}),
            json!({"message": "no such field"}),
            json!({"detail": "no such field"}),
        ] {
            assert_eq!(message(&body), "no such field");
        }
        assert_eq!(message(&Value::Null), "");
    }

    #[test]
    fn messages_are_one_short_line_without_the_token() {
        let access = Access {
            base: "https://api.botify.com/v1".parse().expect("base"),
            token: "0123456789".into(),
        };
        assert_eq!(masked("bad 0123456789!", &access), "bad ***!");
        assert_eq!(short("a\n b"), "a b");
        assert_eq!(short(&"é".repeat(500)).chars().count(), 301);
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_as_a_date() {
        let now = "2026-11-23T09:30:00Z".parse().expect("time");
        let asked = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().expect("header"))]);
            retry_after(&headers, now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        let date = "Mon, 23 Nov 2026 09:30:12 GMT";
        assert_eq!(asked(date), Some(Duration::from_secs(12)));
        let past = "Mon, 23 Nov 2026 09:00:00 GMT";
        assert_eq!(asked(past), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
    }
}
