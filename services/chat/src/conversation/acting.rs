//! Actions that a person decides about or asks for. They go on when whoever asked leaves.
use std::sync::Arc;

use proto::storage::Message;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{Conversation, STORAGE_PATIENCE};
use crate::{
    actions::{By, Decision, Origin},
    error::Error,
    model::Call,
};

impl Conversation {
    /// Does what a person decided about an action, and returns its card.
    ///
    /// # Errors
    /// Says that the action is past deciding, or passes on what storage says.
    pub(crate) async fn decide(
        self: &Arc<Self>,
        card: i64,
        decision: Decision,
    ) -> Result<Message, Error> {
        let this = self.clone();
        let decided = async move {
            this.ready().await?;
            this.actions.decide(card, decision).await
        };
        self.answers.spawn(decided.in_current_span()).await?
    }

    /// Does what the policy says about an action that a person asks for, and returns its card.
    ///
    /// # Errors
    /// Passes on what storage says.
    pub(crate) async fn act(
        self: &Arc<Self>,
        call: Call,
        profile: Option<i64>,
        app: String,
    ) -> Result<Message, Error> {
        let this = self.clone();
        let acted = async move {
            this.ready().await?;
            let origin = Origin {
                profile: this.transcript.profile(profile).await?,
                app,
                parent: None,
            };
            this.actions.take(By::Person, &call, &origin).await
        };
        self.answers.spawn(acted.in_current_span()).await?
    }

    /// Waits until what a dead process left running is ended: before that, nothing new may run.
    async fn ready(&self) -> Result<(), Error> {
        timeout(STORAGE_PATIENCE, self.mended())
            .await
            .map_err(|_| Error::NoStorage)?
    }
}
