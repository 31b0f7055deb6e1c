//! Actions: calls of tools that a model, or a page in its words, asks for in a conversation.
//!
//! A call is found in the answer ([`scan`]) or comes from the model server as such, is put into the contract's words
//! ([`call`]), and is nobody's quote ([`quoted`]). What is in reach and valid ([`reach`]) happens as the person's
//! policy says ([`policy`]): at once, or after a decision ([`decide`]). Each one is a card of the conversation
//! ([`card`]), written before the call is made and again after it, so that nothing happens unseen.
mod call;
mod card;
#[cfg(test)]
pub(crate) mod corpus;
mod decide;
pub(crate) mod policy;
mod quoted;
mod reach;
mod rows;
mod run;
pub(crate) mod scan;

use std::sync::Arc;

use proto::storage::{
    Action, ActionState, Message, UndoChangesRequest, change_service_client::ChangeServiceClient,
};
use runtime::{env::Services, grpc::Client, tools::Tools};
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    error::Error,
    model::{Call, Offered},
};
use card::Cards;
pub(crate) use card::{Origin, sentence, shortened};
pub(crate) use decide::{Decision, Listed};
use policy::{Policies, Policy};
pub(crate) use quoted::Quoted;
use reach::{Reach, Reached};

/// Characters of a request that a card keeps; no valid one is longer.
const LONGEST_REQUEST: usize = 100_000;
/// Characters of a sentence about a failure.
const LONGEST_ERROR: usize = 1_000;

/// Runs actions and keeps their cards. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Actions(Arc<Inner>);

struct Inner {
    /// Calls on behalf of the model.
    model: Tools,
    /// Calls on behalf of the person, in the original app's words.
    page: Tools,
    reach: Reach,
    offered: Arc<[Offered]>,
    policies: Policies,
    cards: Cards,
    changes: ChangeServiceClient<Client>,
    /// Held while a card is decided, so that two clicks do not run it twice.
    deciding: Mutex<()>,
}

/// Who asks for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Model,
    Person,
}

impl Actions {
    /// Prepares calls; nothing is dialled before the first one.
    pub(crate) fn new(services: &Services) -> Self {
        let storage = Client::new(&services.storage, "chat");
        let model = Tools::new(services, "model");
        let reach = Reach::of(model.catalog());
        Self(Arc::new(Inner {
            offered: reach.offered(),
            reach,
            model,
            page: Tools::new(services, "page"),
            policies: Policies::new(storage.clone()),
            cards: Cards::new(storage.clone()),
            changes: ChangeServiceClient::new(storage),
            deciding: Mutex::new(()),
        }))
    }

    /// Returns the tools as models with tool support are offered them.
    pub(crate) fn offered(&self) -> Arc<[Offered]> {
        self.0.offered.clone()
    }

    /// Returns what a model without tool support is told about them.
    pub(crate) fn told(&self) -> String {
        self.0.reach.told()
    }

    /// Returns the JSON schema of one action on tasks or profiles.
    pub(crate) fn constrained(&self) -> serde_json::Value {
        self.0.reach.constrained()
    }

    /// Returns whether a call is about anything that there are tools for.
    pub(crate) fn knows_target(&self, call: &Call) -> bool {
        self.0.reach.knows_target(call)
    }

    /// Says what is wrong with a call, in words that help to mend it.
    pub(crate) fn check(&self, call: &Call) -> Result<(), String> {
        self.0.reach.check(call).map(drop)
    }

    /// Returns whether a call only looks things up, so that it may be made again and again.
    pub(crate) fn only_reads(&self, call: &Call) -> bool {
        let reached = self.0.reach.find(&call.tool);
        reached.is_some_and(|r| r.tool.effect == proto::options::Effect::Read)
    }

    /// Does what the policy says about a call, and returns its card: done, failed, refused or waiting.
    pub(crate) async fn take(
        &self,
        by: By,
        call: &Call,
        origin: &Origin,
    ) -> Result<Message, Error> {
        let call = at_home(call, origin.profile);
        let mut action = Action {
            tool: shortened(&call.tool, 100),
            request: shortened(&call.args.to_string(), LONGEST_REQUEST - 3),
            ..Action::default()
        };
        let reached = match self.0.reach.check(&call) {
            Ok(reached) => reached,
            Err(wrong) => return self.refused(origin, action, &wrong).await,
        };
        action.effect = reached.tool.effect.into();
        match self.0.policies.of(&reached.tool).await? {
            Policy::Never => {
                let why = format!("the person never allows {}", reached.name);
                self.refused(origin, action, &why).await
            }
            Policy::Ask => {
                action.set_state(ActionState::Waiting);
                action.before = self.row_now(reached, &call.args).await;
                self.0.cards.create(origin, action).await
            }
            Policy::Run => {
                action.set_state(ActionState::Running);
                let card = self.0.cards.create(origin, action.clone()).await?;
                self.run(by, reached, card.id, action).await
            }
        }
    }

    async fn refused(
        &self,
        origin: &Origin,
        mut action: Action,
        why: &str,
    ) -> Result<Message, Error> {
        action.set_state(ActionState::Refused);
        action.error = shortened(why, LONGEST_ERROR);
        self.0.cards.create(origin, action).await
    }

    /// Puts back what an action changed.
    async fn undo(&self, id: i64, mut action: Action) -> Result<Message, Error> {
        let request = UndoChangesRequest {
            group: Some(action.change_group),
        };
        self.0.changes.clone().undo_changes(request).await?;
        action.set_state(ActionState::Undone);
        self.0.cards.update(id, &action).await
    }
}

/// Names the conversation's profile in calls that mean the profile in front when they name none.
fn at_home(call: &Call, profile: i64) -> Call {
    let mut call = call.clone();
    let means_it = matches!(&*call.tool, "task_insert" | "task_list");
    if let Some(args) = call.args.as_object_mut()
        && means_it
        && profile != 0
        && args
            .get("profile_id")
            .is_none_or(serde_json::Value::is_null)
    {
        args.insert("profile_id".to_owned(), json!(profile));
    }
    call
}
