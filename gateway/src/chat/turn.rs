//! What the model is asked for, and what it says to that: a question or another answer, told the same way.
use futures::{StreamExt as _, future::ready, stream::BoxStream};
use proto::chat::{
    ConverseRequest, RegenerateRequest, converse_response::Event as Said,
    regenerate_response::Event as SaidAgain,
};
use tonic::Status;

use crate::clients::Clients;

/// What the model is asked for.
#[derive(Debug)]
pub(super) enum Turn {
    /// An answer to a question.
    Ask(ConverseRequest),
    /// Another answer in place of the last one.
    Again(RegenerateRequest),
}

/// What the model says, as it comes. Dropping it stops the model.
pub(super) type Heard = BoxStream<'static, Result<Said, Status>>;

impl Turn {
    /// Asks the model.
    ///
    /// # Errors
    /// Passes on what the chat service says.
    pub(super) async fn begin(self, clients: &Clients) -> Result<Heard, Status> {
        let mut chat = clients.chat.clone();
        Ok(match self {
            Self::Ask(request) => {
                let said = chat.converse(request).await?.into_inner();
                said.filter_map(|said| ready(said.map(|said| said.event).transpose()))
                    .boxed()
            }
            Self::Again(request) => {
                let said = chat.regenerate(request).await?.into_inner();
                said.filter_map(|said| ready(said.map(|said| said.event.map(plain)).transpose()))
                    .boxed()
            }
        })
    }
}

fn plain(said: SaidAgain) -> Said {
    match said {
        SaidAgain::Started(started) => Said::Started(started),
        SaidAgain::Delta(delta) => Said::Delta(delta),
        SaidAgain::Finished(finished) => Said::Finished(finished),
    }
}
