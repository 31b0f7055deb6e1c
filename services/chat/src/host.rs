//! Where a model server is reached.
use std::{fmt, net::Ipv6Addr, str::FromStr};

use reqwest::Url;

/// Ollama's port where none is written and no scheme implies another.
const OLLAMA_PORT: u16 = 11434;

/// Where a model server is reached, read the way Ollama's own client reads `OLLAMA_HOST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelHost(Url);

impl ModelHost {
    /// Returns the URL of one of its methods, such as `api/chat`.
    pub fn method(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

impl FromStr for ModelHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "is no address; use HOST, HOST:PORT or http://HOST:PORT".to_owned();
        let text = text.trim();
        let (url, scheme_is_written) = match text.split_once("://") {
            Some(("http" | "https", _)) => (text.to_owned(), true),
            Some(_) => return Err("is neither http nor https".to_owned()),
            None => (format!("http://{}", bracketed(text)), false),
        };
        let mut url = Url::parse(&url).map_err(|_| bad())?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(bad());
        }
        if !scheme_is_written && !names_a_port(text) {
            url.set_port(Some(OLLAMA_PORT)).map_err(|()| bad())?;
        }
        match url.host_str() {
            // A server that listens everywhere is reached on the loopback.
            Some("0.0.0.0") => url.set_host(Some("127.0.0.1")).map_err(|_| bad())?,
            Some("[::]") => url.set_host(Some("[::1]")).map_err(|_| bad())?,
            _ => {}
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ModelHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port_or_known_default() {
            Some(port) => write!(f, "{host}:{port}"),
            None => f.write_str(host),
        }
    }
}

/// Puts a bare IPv6 address in brackets and gives `:PORT` a host.
fn bracketed(text: &str) -> String {
    match text.parse::<Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) if text.starts_with(':') => format!("127.0.0.1{text}"),
        Err(_) => text.to_owned(),
    }
}

/// Says whether a port is written out; a URL hides one that is its scheme's own.
fn names_a_port(text: &str) -> bool {
    let authority = text.split('/').next().unwrap_or_default();
    authority.parse::<Ipv6Addr>().is_err()
        && authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_host_is_read_as_ollama_reads_it() {
        for (text, shown) in [
            ("127.0.0.1", "127.0.0.1:11434"),
            ("127.0.0.1:7", "127.0.0.1:7"),
            ("example", "example:11434"),
            ("example:80", "example:80"),
            (":7", "127.0.0.1:7"),
            ("::1", "[::1]:11434"),
            ("[::1]:7", "[::1]:7"),
            ("0.0.0.0", "127.0.0.1:11434"),
            ("0.0.0.0:7", "127.0.0.1:7"),
            ("[::]:7", "[::1]:7"),
            ("http://localhost:7", "localhost:7"),
            ("http://localhost:7/", "localhost:7"),
            ("http://localhost", "localhost:80"),
            ("https://localhost", "localhost:443"),
        ] {
            let host: ModelHost = text.parse().expect(text);
            assert_eq!(host.to_string(), shown, "{text}");
        }
    }

    #[test]
    fn methods_keep_a_path_before_them() {
        let host: ModelHost = "http://h:7/behind/".parse().expect("host");
        assert_eq!(
            host.method("api/chat").as_str(),
            "http://h:7/behind/api/chat"
        );
        let host: ModelHost = "h".parse().expect("host");
        assert_eq!(host.method("api/chat").as_str(), "http://h:11434/api/chat");
    }
}
