//! What a person decides about actions: those that wait, those that are done, and those to come.
use proto::storage::{ActionState, Message};
use runtime::tools::Tool;

use super::{
    Actions, By,
    policy::{Policies, Policy, allowed},
};
use crate::error::Error;

/// What a person decides about one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It runs this once.
    Allow,
    /// It runs, and so do all like it from now on.
    Always,
    /// It does not run.
    Decline,
    /// What it changed is put back.
    Undo,
}

/// A tool in reach, as a person sees it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The tool.
    pub(crate) tool: Tool,
    /// What happens when it is asked for.
    pub(crate) policy: Policy,
    /// JSON schema of its request.
    pub(crate) schema: serde_json::Value,
}

impl Actions {
    /// Does what a person decided, and returns the card.
    ///
    /// # Errors
    /// Says that the action is past deciding, or passes on what storage says.
    pub(crate) async fn decide(&self, id: i64, decision: Decision) -> Result<Message, Error> {
        let deciding = self.0.deciding.lock().await;
        let (_, mut action) = self.0.cards.get(id).await?;
        match (decision, action.state()) {
            (Decision::Decline, ActionState::Waiting) => {
                action.set_state(ActionState::Declined);
                self.0.cards.update(id, &action).await
            }
            (Decision::Undo, ActionState::Done) if action.change_group != 0 => {
                self.undo(id, action).await
            }
            (Decision::Allow | Decision::Always, ActionState::Waiting) => {
                let tool = action.tool.clone();
                let reached = self.0.reach.find(&tool).ok_or(Error::NotInReach { tool })?;
                if decision == Decision::Always {
                    allowed(&reached.tool, Policy::Run, "decision")?;
                    self.0.policies.set(&reached.tool, Policy::Run).await?;
                }
                action.set_state(ActionState::Running);
                self.0.cards.update(id, &action).await?;
                drop(deciding); // whoever comes next finds it running
                self.run(By::Model, reached, id, action).await
            }
            (Decision::Undo, ActionState::Done) => Err(Error::NothingToUndo),
            (_, state) => Err(Error::Decided {
                state: state
                    .as_str_name()
                    .trim_start_matches("ACTION_STATE_")
                    .to_ascii_lowercase(),
            }),
        }
    }

    /// Lists the tools in reach with what happens when they are asked for.
    ///
    /// # Errors
    /// Passes on what storage says.
    pub(crate) async fn list(&self) -> Result<Vec<Listed>, Error> {
        let policies = self.0.policies.all().await?;
        let listed = self.0.reach.iter().map(|reached| Listed {
            policy: Policies::among(&policies, &reached.tool),
            tool: reached.tool.clone(),
            schema: reached.schema.clone(),
        });
        Ok(listed.collect())
    }

    /// Sets what happens when a tool is asked for.
    ///
    /// # Errors
    /// Refuses to run without asking what deletes or spends, and what is not in reach.
    pub(crate) async fn set_policy(&self, tool: &str, policy: Policy) -> Result<Listed, Error> {
        let reached = self.0.reach.find(tool).ok_or(Error::NotInReach {
            tool: tool.to_owned(),
        })?;
        self.0.policies.set(&reached.tool, policy).await?;
        Ok(Listed {
            tool: reached.tool.clone(),
            policy,
            schema: reached.schema.clone(),
        })
    }
}
