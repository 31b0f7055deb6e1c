//! Where a process listens or is reached: a loopback port or a Unix socket, and nothing else.
//!
//! Everything here trusts its caller, so an address that other machines can reach is refused when it is read.
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    str::FromStr,
};

use tokio::net::{TcpListener, UnixListener};

/// A loopback socket address, or the path of a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addr {
    /// `127.0.0.1:PORT`, `[::1]:PORT` or `localhost:PORT`; port 0 takes a free one.
    Tcp(SocketAddr),
    /// `unix:PATH`.
    Unix(PathBuf),
}

impl FromStr for Addr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err("names no path after `unix:`".to_owned()),
                path => Ok(Self::Unix(path.into())),
            };
        }
        let socket = match text.strip_prefix("localhost:") {
            Some(port) => port
                .parse()
                .map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
                .ok(),
            None => text.parse().ok(),
        };
        match socket {
            Some(socket) if socket.ip().is_loopback() => Ok(Self::Tcp(socket)),
            Some(_) => {
                Err("can be reached by other machines; use 127.0.0.1:PORT or unix:PATH".to_owned())
            }
            None => Err("is no address; use 127.0.0.1:PORT or unix:PATH".to_owned()),
        }
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(socket) => write!(f, "{socket}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A bound socket.
#[derive(Debug)]
pub enum Listener {
    /// Bound to a loopback port.
    Tcp(TcpListener),
    /// Bound to a path.
    Unix(UnixListener),
}

impl Addr {
    /// Binds the address. A socket file that nobody listens on any more is replaced; the new one is the user's alone.
    ///
    /// # Errors
    /// Says so when somebody else listens there or the path can not be made.
    pub async fn bind(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp(socket) => TcpListener::bind(socket).await.map(Listener::Tcp),
            Self::Unix(path) => {
                if tokio::net::UnixStream::connect(path).await.is_ok() {
                    return Err(io::ErrorKind::AddrInUse.into());
                }
                match std::fs::remove_file(path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {}
                }
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
                Ok(Listener::Unix(listener))
            }
        }
    }
}

impl Listener {
    /// Returns the bound address, with the port that was taken for port 0.
    ///
    /// # Errors
    /// Passes on what the system says.
    pub fn addr(&self) -> io::Result<Addr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Addr::Tcp),
            Self::Unix(listener) => listener.local_addr().map(|addr| {
                Addr::Unix(
                    addr.as_pathname()
                        .map(std::path::Path::to_owned)
                        .unwrap_or_default(),
                )
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_unix_addresses_are_taken() {
        for text in ["127.0.0.1:5001", "[::1]:5001", "unix:/tmp/x.sock"] {
            assert_eq!(text.parse::<Addr>().expect(text).to_string(), text);
        }
        assert_eq!(
            "localhost:7".parse::<Addr>().expect("localhost"),
            "127.0.0.1:7".parse().expect("v4")
        );
    }

    #[test]
    fn addresses_that_others_can_reach_are_refused() {
        for text in [
            "0.0.0.0:5001",
            "192.168.1.2:5001",
            "[::]:1",
            "5001",
            "unix:",
            "localhost:x",
            "",
        ] {
            assert!(text.parse::<Addr>().is_err(), "{text} was taken");
        }
    }

    #[tokio::test]
    async fn a_socket_file_left_behind_is_replaced_but_a_live_one_is_not() {
        let dir = tempfile::tempdir().expect("dir");
        let addr = Addr::Unix(dir.path().join("s"));
        let first = addr.bind().await.expect("first");
        assert_eq!(
            addr.bind().await.expect_err("live").kind(),
            io::ErrorKind::AddrInUse
        );
        drop(first);
        addr.bind().await.expect("left behind");
    }
}
