//! What the model is asked, with the tools it may use.
use super::Conversation;
use crate::{
    context,
    model::{Ask, Said},
};

/// Before a request that must become an action: the answer is made to have the form of one.
const COMMAND: &str = "/do ";

impl Conversation {
    /// Puts the question after what comes before it, and offers the tools in the way that the model understands.
    pub(super) async fn asking(&self, model: &str, before: Vec<Said>, question: &str) -> Ask {
        if let Some(request) = question.strip_prefix(COMMAND) {
            return self.commanding(model, before, request);
        }
        let mut ask = Ask {
            model: model.to_owned(),
            said: context::with_question(before, question),
            ..Ask::default()
        };
        if self.calls_tools(model).await {
            ask.offered = self.actions.offered();
        } else {
            self.tell(&mut ask.said);
        }
        ask
    }

    /// Asks for one action and nothing else: what was said before would only lead the model astray.
    fn commanding(&self, model: &str, mut before: Vec<Said>, request: &str) -> Ask {
        before.truncate(1);
        self.tell(&mut before);
        Ask {
            model: model.to_owned(),
            said: context::with_question(before, request.trim()),
            format: Some(self.actions.constrained()),
            ..Ask::default()
        }
    }

    /// Tells a model without tool support about the tools, at the end of the system message.
    pub(super) fn tell(&self, said: &mut [Said]) {
        if let Some(system) = said.first_mut() {
            system.text.push_str("\n\n");
            system.text.push_str(&self.actions.told());
        }
    }

    /// Returns whether a model can be offered tools; one that is not there can not.
    pub(super) async fn calls_tools(&self, model: &str) -> bool {
        self.model.calls_tools(model).await.unwrap_or(false)
    }
}
