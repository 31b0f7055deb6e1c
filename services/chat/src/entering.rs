//! Entering an app: the chat says in a sentence what can be done there.
//!
//! An introduction is for the person alone and never reaches the model. There is one at most at the end of a
//! conversation: somebody who only looks around does not fill it with them.
use crate::{conversation::Conversation, error::Error, prompts};

impl Conversation {
    /// Notes which app came to the front and returns the number of its introduction, when one was said.
    ///
    /// # Errors
    /// Passes on what storage says.
    pub async fn enter(&self, named: Option<i64>, app: &str) -> Result<Option<i64>, Error> {
        let profile = self.transcript.profile(named).await?;
        let turn = match self.turns.of_profile(profile).await {
            Ok(turn) => turn, // held to the end: no question comes between a look at the conversation and a word to it
            Err(Error::StillAnswering) => return Ok(None),
            Err(e) => return Err(e),
        };
        if self.transcript.last_app().await?.as_deref() == Some(app) {
            return Ok(None);
        }
        self.transcript.remember_app(app).await?;
        let said = match prompts::intro(app) {
            Some(intro) => self.introduce(named, app, intro).await,
            None => Ok(None),
        };
        drop(turn);
        said
    }

    async fn introduce(
        &self,
        profile: Option<i64>,
        app: &str,
        intro: &str,
    ) -> Result<Option<i64>, Error> {
        let last = self.transcript.last(profile).await?;
        match last {
            Some(last) if last.by_app && last.text == intro => Ok(None),
            Some(last) if last.by_app && prompts::is_intro(&last.text) => {
                self.transcript.save(last.id, intro.to_owned()).await?;
                Ok(Some(last.id))
            }
            last => {
                let parent = last.map(|last| last.id);
                let said = self.transcript.note(profile, app, intro, parent).await?;
                Ok(Some(said))
            }
        }
    }
}
