//! Who is connected to which API. The token file is the only memory: what it says now is what holds, also after a
//! restart or when somebody removes it by hand.
use secrecy::SecretString;
use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{
    api::{Access, Api, Base, lenient},
    config::Config,
    error::Error,
    token_file::{self, Kept},
};

/// The token that anybody may use: it leads to the sandbox.
const SANDBOX_TOKEN: &str = "sandbox";
const LONGEST_TOKEN: usize = 500;

/// The state of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The user the token belongs to, when one is kept.
    pub(crate) username: Option<String>,
    /// The API in use.
    pub(crate) api: Base,
}

/// Makes and forgets connections.
pub(crate) struct Connections {
    config: Config,
    /// Two who connect at once take turns with the file.
    file: Mutex<()>,
}

impl Connections {
    /// Stands on the token file in the configured folder.
    pub(crate) fn new(config: Config) -> Self {
        let file = Mutex::default();
        Self { config, file }
    }

    /// Checks a token and keeps it; one that is refused leaves everything as it was.
    pub(crate) async fn connect(&self, api: &Api, token: &str) -> Result<Connection, Error> {
        let token = checked(token)?;
        let base = self.base_for(token).clone();
        let token = SecretString::from(token);
        let access = Access { base, token };
        let profile = access.base.at(["authentication", "profile"], &[]);
        let profile = api.get(&access, profile).await?;
        let username = lenient::first_text(&profile, ["/data/username", "/username"])
            .ok_or_else(|| access.base.unreadable("does not say whose token this is"))?;
        self.keep(access, username).await
    }

    /// Forgets the token.
    pub(crate) async fn disconnect(&self) -> Result<Connection, Error> {
        let _turn = self.file.lock().await;
        let home = self.config.home.clone();
        blocking(move || token_file::remove(&home)).await?;
        tracing::info!("disconnected");
        Ok(self.nobody())
    }

    /// Tells who is connected, without calling the API.
    pub(crate) async fn current(&self) -> Result<Connection, Error> {
        let Some((kept, api)) = self.kept().await? else {
            return Ok(self.nobody());
        };
        let username = Some(kept.username);
        Ok(Connection { username, api })
    }

    /// Returns what is needed to speak to the API, and the user's name.
    pub(crate) async fn access(&self) -> Result<(Access, String), Error> {
        let (kept, base) = self.kept().await?.ok_or(Error::NotConnected)?;
        let token = kept.token;
        Ok((Access { base, token }, kept.username))
    }

    async fn keep(&self, access: Access, username: String) -> Result<Connection, Error> {
        let _turn = self.file.lock().await;
        let home = self.config.home.clone();
        let kept = Kept {
            token: access.token,
            username: username.clone(),
            api: access.base.to_string(),
        };
        blocking(move || token_file::save(&home, &kept)).await?;
        tracing::info!(api = %access.base, username, "connected");
        Ok(Connection {
            username: Some(username),
            api: access.base,
        })
    }

    /// Returns what is kept, unless it is for an API that is not in use: a token goes to no other host than the one
    /// that it was checked with.
    async fn kept(&self) -> Result<Option<(Kept, Base)>, Error> {
        let home = self.config.home.clone();
        let kept = blocking(move || token_file::load(&home)).await?;
        Ok(kept.and_then(|kept| {
            let mut known = [&self.config.api, &self.config.sandbox].into_iter();
            let base = known.find(|base| base.to_string() == kept.api)?.clone();
            Some((kept, base))
        }))
    }

    fn base_for(&self, token: &str) -> &Base {
        // A configured API on this machine is a sandbox already, and knows the token itself.
        if token == SANDBOX_TOKEN && !self.config.api.is_loopback() {
            return &self.config.sandbox;
        }
        &self.config.api
    }

    fn nobody(&self) -> Connection {
        Connection {
            username: None,
            api: self.config.api.clone(),
        }
    }
}

fn checked(token: &str) -> Result<&str, Error> {
    let invalid = |reason: &str| Err(Error::invalid("token", reason));
    let token = token.trim();
    if token.is_empty() {
        return invalid("must not be blank");
    }
    if token.len() > LONGEST_TOKEN {
        return invalid("must not be longer than 500 characters");
    }
    if token.contains(' ') {
        return invalid("must not hold spaces; leave out the word `Token`");
    }
    if !token.chars().all(|c| c.is_ascii_graphic()) {
        return invalid("holds characters that no token has");
    }
    Ok(token)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let outcome = spawn_blocking(work).await;
    outcome
        .unwrap_or_else(|lost| Err(std::io::Error::other(lost)))
        .map_err(Error::TokenFile)
}
