//! What a person decides about actions.
use chat::fake::Script;
use prost_types::{Struct, Value, value::Kind};
use proto::{
    chat::{
        DecideActionRequest, Decision, ListToolsRequest, Policy, RunActionRequest,
        SetPolicyRequest, Tool,
    },
    status::violations,
    storage::{ActionState, Message},
};
use tonic::{Code, Status};

use crate::support::Stack;

const DELETE: &str = r#"{"action":"delete","target":"task","args":{"id":"1"}}"#;

impl Stack {
    async fn decide(&self, id: i64, decision: Decision) -> Result<Message, Status> {
        let request = DecideActionRequest {
            id: Some(id),
            decision: decision.into(),
        };
        let decided = self.chat.clone().decide_action(request).await?.into_inner();
        Ok(decided.message.expect("a card"))
    }

    async fn set_policy(&self, tool: &str, policy: Policy) -> Result<Tool, Status> {
        let request = SetPolicyRequest {
            tool: tool.to_owned(),
            policy: policy.into(),
        };
        let set = self.chat.clone().set_policy(request).await?.into_inner();
        Ok(set.tool.expect("a tool"))
    }

    async fn run(&self, action: &str, target: &str, args: &[(&str, &str)]) -> Message {
        let fields = args.iter().map(|(name, text)| {
            let kind = Some(Kind::StringValue((*text).to_owned()));
            ((*name).to_owned(), Value { kind })
        });
        let request = RunActionRequest {
            action: action.to_owned(),
            target: target.to_owned(),
            args: Some(Struct {
                fields: fields.collect(),
            }),
            profile_id: Some(1),
            app: "task".to_owned(),
        };
        let run = self.chat.clone().run_action(request).await;
        run.expect("a card").into_inner().message.expect("a card")
    }
}

/// Returns a stack in which the model has just asked to delete the only task, and the card of that.
async fn waiting() -> (Stack, i64) {
    let stack = Stack::start().await;
    stack.storage.tables.add_task("old links");
    stack.says(DELETE).await;
    let (card, state) = stack.cards().remove(0);
    assert_eq!(state, ActionState::Waiting);
    assert_eq!(stack.ollama.asked().len(), 1, "the turn ends");
    (stack, card.id)
}

fn state(card: &Message) -> ActionState {
    card.action.as_ref().expect("an action").state()
}

#[tokio::test]
async fn a_delete_waits_and_shows_the_row() {
    let (stack, _) = waiting().await;
    assert_eq!(stack.names(), ["old links"]);
    let card = stack.cards().remove(0).0.action.expect("an action");
    assert!(card.before.contains("old links"), "{}", card.before);
    assert_eq!(card.request, r#"{"id":1}"#);
}

#[tokio::test]
async fn a_declined_delete_leaves_the_row_and_the_model_hears_of_it() {
    let (stack, card) = waiting().await;
    let declined = stack.decide(card, Decision::Decline).await.expect("a card");
    assert_eq!(state(&declined), ActionState::Declined);
    assert_eq!(stack.names(), ["old links"]);
    let refused = stack
        .decide(card, Decision::Allow)
        .await
        .expect_err("too late");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.message(), "this action is declined already");

    stack.ollama.script(Script::says(&["All right."]));
    stack.asked_for("what now?").await;
    let asked = stack.ollama.asked()[1].to_string();
    assert!(asked.contains("was declined by the person"), "{asked}");
}

#[tokio::test]
async fn an_allowed_delete_deletes_and_undo_restores_the_row() {
    let (stack, card) = waiting().await;
    let before = stack.storage.tables.tasks();
    let done = stack.decide(card, Decision::Allow).await.expect("a card");
    assert_eq!(state(&done), ActionState::Done);
    assert!(stack.names().is_empty());
    assert_eq!(stack.storage.tables.actors(), ["page", "model"]);

    let undone = stack.decide(card, Decision::Undo).await.expect("a card");
    assert_eq!(state(&undone), ActionState::Undone);
    assert_eq!(stack.storage.tables.tasks(), before);
    let twice = stack
        .decide(card, Decision::Undo)
        .await
        .expect_err("undone");
    assert_eq!(twice.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn two_clicks_run_an_action_once() {
    let (stack, card) = waiting().await;
    let (first, second) = tokio::join!(
        stack.decide(card, Decision::Allow),
        stack.decide(card, Decision::Allow)
    );
    assert_eq!(
        [first.is_ok(), second.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
    assert_eq!(stack.states(), [ActionState::Done]);
}

#[tokio::test]
async fn undoing_what_was_changed_since_is_storage_s_to_refuse() {
    let stack = Stack::start().await;
    stack
        .says(r#"{"action":"insert","target":"task","args":{"name":"a"}}"#)
        .await;
    stack
        .says(r#"{"action":"toggle","target":"task","args":{"id":1}}"#)
        .await;
    let first = stack.cards()[0].0.id;
    let refused = stack
        .decide(first, Decision::Undo)
        .await
        .expect_err("changed");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(stack.states(), [ActionState::Done, ActionState::Done]);
}

#[tokio::test]
async fn no_delete_runs_without_being_asked_for() {
    let (stack, card) = waiting().await;
    let refused = stack
        .decide(card, Decision::Always)
        .await
        .expect_err("refused");
    assert_eq!(violations(&refused)[0].0, "decision");
    let refused = stack
        .set_policy("task_delete", Policy::Run)
        .await
        .expect_err("refused");
    assert_eq!(violations(&refused)[0].0, "policy");
    stack.storage.tables.set("policy.task_delete", "run");
    stack.says(DELETE).await;
    assert_eq!(stack.states(), [ActionState::Waiting, ActionState::Waiting]);
    assert_eq!(stack.names(), ["old links"]);
}

#[tokio::test]
async fn what_is_always_allowed_runs_from_then_on() {
    let stack = Stack::start().await;
    stack
        .set_policy("task_insert", Policy::Ask)
        .await
        .expect("a tool");
    stack
        .says(r#"{"action":"insert","target":"task","args":{"name":"a"}}"#)
        .await;
    assert!(stack.names().is_empty());
    let card = stack.cards()[0].0.id;
    stack.decide(card, Decision::Always).await.expect("a card");
    stack
        .says(r#"{"action":"insert","target":"task","args":{"name":"b"}}"#)
        .await;
    assert_eq!(stack.names(), ["a", "b"]);
}

#[tokio::test]
async fn what_is_never_allowed_is_refused() {
    let stack = Stack::start().await;
    stack
        .set_policy("task_insert", Policy::Never)
        .await
        .expect("a tool");
    stack
        .says(r#"{"action":"insert","target":"task","args":{"name":"a"}}"#)
        .await;
    assert_eq!(stack.states(), [ActionState::Refused]);
    assert!(stack.names().is_empty());
}

#[tokio::test]
async fn the_tools_are_listed_with_their_policies() {
    let stack = Stack::start().await;
    stack
        .set_policy("task_sort", Policy::Never)
        .await
        .expect("a tool");
    let listed = stack.chat.clone().list_tools(ListToolsRequest {}).await;
    let tools = listed.expect("tools").into_inner().tools;
    let policy = |name: &str| {
        tools
            .iter()
            .find(|tool| tool.name == name)
            .expect(name)
            .policy()
    };
    assert_eq!(policy("task_insert"), Policy::Run);
    assert_eq!(policy("task_delete"), Policy::Ask);
    assert_eq!(policy("task_sort"), Policy::Never);
    let insert = tools
        .iter()
        .find(|tool| tool.name == "task_insert")
        .expect("a tool");
    assert!(insert.doc.starts_with("Adds a task") && insert.schema.contains("\"name\""));
    let unknown = stack
        .set_policy("message_delete", Policy::Run)
        .await
        .expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn a_person_s_own_frame_runs_under_the_same_policy() {
    let stack = Stack::start().await;
    let done = stack.run("insert", "task", &[("name", "by hand")]).await;
    assert_eq!((state(&done), done.profile_id), (ActionState::Done, 1));
    assert_eq!(stack.storage.tables.actors(), ["page"]);
    assert_eq!(stack.storage.tables.tasks()[0].profile_id, 1);
    let waits = stack.run("delete", "task", &[("id", "1")]).await;
    assert_eq!(state(&waits), ActionState::Waiting);
    let wrong = stack.run("insert", "task", &[("nme", "x")]).await;
    assert_eq!(state(&wrong), ActionState::Refused);
    let unknown = stack.run("delete", "message", &[("id", "1")]).await;
    assert_eq!(state(&unknown), ActionState::Refused);
    assert_eq!(stack.names(), ["by hand"]);
    assert!(stack.ollama.asked().is_empty());
}

#[tokio::test]
async fn what_can_not_be_decided_is_refused() {
    let (stack, card) = waiting().await;
    let question = stack.storage.rows()[0].id;
    for (id, decision, code) in [
        (card, Decision::Unspecified, Code::InvalidArgument),
        (card, Decision::Undo, Code::FailedPrecondition),
        (question, Decision::Allow, Code::InvalidArgument),
        (999, Decision::Allow, Code::NotFound),
    ] {
        let refused = stack.decide(id, decision).await.expect_err("refused");
        assert_eq!(refused.code(), code, "{id} {decision:?}");
    }
    assert_eq!(stack.states(), [ActionState::Waiting]);
}
