//! The base address of an API: the only place the token for it may go.
use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::error::Error;

/// A base address, such as `https://api.botify.com/v1`: https, or plain http on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(Url);

impl FromStr for Base {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text
            .trim_end_matches('/')
            .parse()
            .map_err(|_| "is no address; use one such as https://api.botify.com/v1".to_owned())?;
        let base = Self(url);
        match base.0.scheme() {
            "https" => {}
            "http" if base.is_loopback() => {}
            _ => return Err("would show the token to the network; use https://".to_owned()),
        }
        let bare = base.0.username().is_empty() && base.0.password().is_none();
        if !bare || base.0.query().is_some() || base.0.fragment().is_some() {
            return Err("holds more than a scheme, a host and a path".to_owned());
        }
        Ok(base)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl Base {
    /// Whether the API is on this machine, as only the sandbox is.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// Returns the address of something below the base; the segments are encoded.
    pub(crate) fn at<const N: usize>(&self, segments: [&str; N], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments); // http and https addresses always have segments
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Reads an address that the API itself sent, and refuses it when it leads elsewhere.
    pub(crate) fn follow(&self, address: &str) -> Result<Url, Error> {
        match self.0.join(address) {
            Ok(url) if url.origin() == self.0.origin() && url.username().is_empty() => Ok(url),
            _ => Err(self.unreadable("sends the next page to another host, which is not followed")),
        }
    }

    pub(crate) fn unreadable(&self, why: impl Into<String>) -> Error {
        Error::Unreadable {
            api: self.to_string(),
            why: why.into(),
        }
    }

    pub(crate) fn unreachable(&self, source: reqwest::Error) -> Error {
        let why = if source.is_timeout() {
            "did not answer in time"
        } else if source.is_connect() && self.is_loopback() {
            "is not there; is the sandbox running?"
        } else if source.is_connect() {
            "can not be reached; is this machine online?"
        } else {
            "broke the connection off"
        };
        Error::Unreachable {
            api: self.to_string(),
            why,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_taken_and_plain_http_on_this_machine_alone() {
        for text in [
            "https://api.botify.com/v1",
            "https://api.botify.com/v1/",
            "http://127.0.0.1:50080/v1",
            "http://[::1]:1/v1",
            "http://localhost:1",
        ] {
            let base: Base = text.parse().expect(text);
            assert_eq!(base.to_string(), text.trim_end_matches('/'));
        }
        for text in [
            "http://api.botify.com/v1",
            "http://10.0.0.1/v1",
            "http://localhost.example.com/v1",
            "ftp://127.0.0.1/",
            "https://me:secret@api.botify.com/v1",
            "https://api.botify.com/v1?x=1",
            "api.botify.com",
        ] {
            assert!(text.parse::<Base>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn segments_can_not_leave_their_place() {
        let base: Base = "https://api.botify.com/v1".parse().expect("base");
        let url = base.at(["projects", "a/../b?c"], &[("page", "1")]);
        assert_eq!(
            url.as_str(),
            "https://api.botify.com/v1/projects/a%2F..%2Fb%3Fc?page=1"
        );
    }

    #[test]
    fn only_pages_of_our_own_host_are_followed() {
        let base: Base = "https://api.botify.com/v1".parse().expect("base");
        assert!(
            base.follow("https://api.botify.com/v1/projects/a?page=2")
                .is_ok()
        );
        assert!(base.follow("https://api.botify.com:443/v1/x").is_ok());
        for text in [
            "http://api.botify.com/v1/x",
            "https://api.botify.com:444/v1/x",
            "https://api.botify.com.evil.example/v1/x",
            "https://api.botify.com@evil.example/v1/x",
            "https://x@api.botify.com/v1/x",
            "//evil.example/x",
        ] {
            assert!(base.follow(text).is_err(), "{text} was followed");
        }
    }
}
