//! Who may speak to us. Any web page a person visits can send requests to localhost, so each request must name us as
//! its host, and whatever changes something or opens a stream must come from a page of ours.
use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, UPGRADE, VARY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// `img-src data:` is for the icons inside the stylesheet.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The names under which a browser on this machine reaches us.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: Arc<[String]>,
    origins: Arc<[String]>,
}

impl Guard {
    /// Allows the loopback names with this port, and nothing else.
    pub fn new(port: u16) -> Self {
        let hosts = [
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            format!("[::1]:{port}"),
        ];
        let origins = hosts.iter().map(|host| format!("http://{host}")).collect();
        Self {
            hosts: hosts.into(),
            origins,
        }
    }

    /// Returns how to refuse a request; absent when it is welcome.
    fn refusal(&self, request: &Request) -> Option<(StatusCode, &'static str)> {
        let headers = request.headers();
        if !self.names_us(request) {
            return Some((
                StatusCode::MISDIRECTED_REQUEST,
                "this address is not served here\n",
            ));
        }
        let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD);
        let socket = headers.contains_key(UPGRADE);
        let stream = request.uri().path() == "/sse";
        let site = one(headers, &HeaderName::from_static("sec-fetch-site"));
        let from_us = match one(headers, &ORIGIN) {
            Some(origin) => self.origins.iter().any(|ours| ours == origin),
            // Browsers leave the origin out of same-origin reads; then this header, which no page can forge, says it.
            None => stream && site == Some("same-origin"),
        };
        let foreign_site = site.is_some_and(|site| site != "same-origin");
        if (unsafe_method || socket || stream) && (!from_us || foreign_site) {
            return Some((
                StatusCode::FORBIDDEN,
                "only pages of this app may do this\n",
            ));
        }
        None
    }

    fn names_us(&self, request: &Request) -> bool {
        let known = |name: &str| self.hosts.iter().any(|ours| ours == name);
        one(request.headers(), &HOST).is_some_and(known)
            && request.uri().authority().is_none_or(|a| known(a.as_str()))
    }
}

/// Returns a header's value when it is there exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Refuses strangers, and tells the browser what no page of ours ever needs.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.refusal(&request) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CSP),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.append(
        VARY,
        HeaderValue::from_static("Accept, HX-Request, HX-Request-Type"),
    );
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request {
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::empty()).expect("request")
    }

    fn answer(method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        Guard::new(5001)
            .refusal(&request(method, uri, headers))
            .map_or(200, |(status, _)| status.as_u16())
    }

    #[test]
    fn only_our_own_names_are_served() {
        for host in ["127.0.0.1:5001", "localhost:5001", "[::1]:5001"] {
            assert_eq!(answer("GET", "/", &[("host", host)]), 200, "{host}");
        }
        for host in [
            "evil.test",
            "127.0.0.1",
            "127.0.0.1:5002",
            "localhost6:5001",
            "127.0.0.1.evil.test:5001",
            "localhost.evil.test:5001",
            "0.0.0.0:5001",
            "",
        ] {
            assert_eq!(answer("GET", "/", &[("host", host)]), 421, "{host}");
        }
        assert_eq!(answer("GET", "/", &[]), 421);
        assert_eq!(
            answer(
                "GET",
                "/",
                &[("host", "localhost:5001"), ("host", "evil.test")]
            ),
            421
        );
        assert_eq!(
            answer("GET", "http://evil.test/", &[("host", "localhost:5001")]),
            421
        );
    }

    #[test]
    fn changes_come_from_our_own_pages_alone() {
        let host = ("host", "localhost:5001");
        let ours = ("origin", "http://localhost:5001");
        for method in ["POST", "DELETE", "PUT", "OPTIONS"] {
            assert_eq!(
                answer(
                    method,
                    "/task",
                    &[host, ours, ("sec-fetch-site", "same-origin")]
                ),
                200
            );
            assert_eq!(answer(method, "/task", &[host]), 403);
            for origin in [
                "null",
                "https://evil.test",
                "http://localhost:5002",
                "https://localhost:5001",
            ] {
                assert_eq!(
                    answer(method, "/task", &[host, ("origin", origin)]),
                    403,
                    "{origin}"
                );
            }
            assert_eq!(
                answer(
                    method,
                    "/task",
                    &[host, ours, ("sec-fetch-site", "cross-site")]
                ),
                403
            );
        }
    }

    #[test]
    fn streams_and_sockets_come_from_our_own_pages_alone() {
        let host = ("host", "localhost:5001");
        assert_eq!(answer("GET", "/sse", &[host]), 403);
        assert_eq!(
            answer("GET", "/sse", &[host, ("sec-fetch-site", "same-origin")]),
            200
        );
        assert_eq!(
            answer("GET", "/sse", &[host, ("sec-fetch-site", "cross-site")]),
            403
        );
        let upgrade = ("upgrade", "websocket");
        assert_eq!(answer("GET", "/ws", &[host, upgrade]), 403);
        assert_eq!(
            answer(
                "GET",
                "/ws",
                &[host, upgrade, ("sec-fetch-site", "same-origin")]
            ),
            403
        );
        assert_eq!(
            answer(
                "GET",
                "/ws",
                &[host, upgrade, ("origin", "http://localhost:5001")]
            ),
            200
        );
        assert_eq!(
            answer(
                "GET",
                "/ws",
                &[host, upgrade, ("origin", "https://evil.test")]
            ),
            403
        );
    }
}
