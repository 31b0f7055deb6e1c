//! Actions that the model asks for in its answers.
use chat::fake::Script;
use proto::storage::{ActionState, Message, MessageState, Role};
use serde_json::json;

use crate::support::{Stack, question};

const INSERT: &str = r#"{"action":"insert","target":"task","args":{"name":"buy milk"}}"#;

impl Stack {
    /// Lets the model say something, and waits until everything that comes of it is over.
    pub(crate) async fn says(&self, text: &str) -> Vec<String> {
        self.ollama.script(Script::says(&[text]));
        self.asked_for("please help").await
    }

    /// Asks on behalf of profile 1, and returns the texts of all answers.
    pub(crate) async fn asked_for(&self, text: &str) -> Vec<String> {
        let answer = self.converse(question(text)).await.expect("an answer");
        answer.all().await
    }

    /// Returns the cards with how far each is.
    pub(crate) fn cards(&self) -> Vec<(Message, ActionState)> {
        let rows = self.storage.rows().into_iter();
        rows.filter_map(|row| {
            let state = row.action.as_ref()?.state();
            Some((row, state))
        })
        .collect()
    }

    pub(crate) fn states(&self) -> Vec<ActionState> {
        self.cards().into_iter().map(|(_, state)| state).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let tasks = self.storage.tables.tasks().into_iter();
        tasks.map(|task| task.name).collect()
    }
}

#[tokio::test]
async fn an_action_in_the_text_is_done_and_shown_and_told_to_the_model() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::says(&["Sure. ", INSERT]));
    stack.ollama.script(Script::says(&["It is on the list."]));
    let said = stack.asked_for("remind me of the milk").await;

    assert_eq!(
        said,
        [format!("Sure. {INSERT}"), "It is on the list.".to_owned()]
    );
    let tasks = stack.storage.tables.tasks();
    assert_eq!(tasks.len(), 1);
    let task = &tasks[0];
    assert_eq!(
        (&*task.name, task.done, task.profile_id),
        ("buy milk", false, 1)
    );
    assert_eq!(stack.storage.tables.actors(), ["model"]);

    let rows = stack.storage.rows();
    let roles: Vec<Role> = rows.iter().map(Message::role).collect();
    assert_eq!(
        roles,
        [Role::User, Role::Assistant, Role::Tool, Role::Assistant]
    );
    let card = rows[2].action.as_ref().expect("an action");
    assert_eq!(
        (&*card.tool, card.state()),
        ("task_insert", ActionState::Done)
    );
    assert_eq!(
        (rows[2].state(), rows[2].parent_id),
        (MessageState::Done, Some(rows[1].id))
    );
    assert_eq!((&*card.before, card.change_group), ("[]", 1));
    assert!(card.after.contains("buy milk") && card.result.contains("change_group"));

    let again = &stack.ollama.asked()[1]["messages"];
    let last = again
        .as_array()
        .and_then(|all| all.last())
        .expect("a message");
    assert!(
        last["content"]
            .as_str()
            .is_some_and(|text| text.contains("was done")),
        "{last}"
    );
}

#[tokio::test]
async fn a_tool_that_the_model_calls_as_such_is_run_and_answered_as_such() {
    let stack = Stack::start().await;
    let script = Script::default().text("Just a moment.");
    let script = script.tool_call("task_insert", &json!({"name": "buy milk"}));
    stack.ollama.script(script.text(" ").done("stop"));
    stack.ollama.script(Script::says(&["Done."]));
    stack.asked_for("remind me of the milk").await;

    assert_eq!(stack.names(), ["buy milk"]);
    let asked = stack.ollama.asked();
    let tools = asked[0]["tools"].as_array().expect("tools");
    let names: Vec<&str> = tools
        .iter()
        .filter_map(|t| t["function"]["name"].as_str())
        .collect();
    assert!(
        names.contains(&"task_insert") && !names.contains(&"message_delete"),
        "{names:?}"
    );
    let messages = asked[1]["messages"].as_array().expect("messages");
    let [.., called, result] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert_eq!(called["tool_calls"][0]["function"]["name"], "task_insert");
    assert_eq!(
        (&result["role"], &result["tool_name"]),
        (&json!("tool"), &json!("task_insert"))
    );
}

#[tokio::test]
async fn a_model_without_tools_is_told_how_to_write_an_action() {
    let stack = Stack::start().await;
    stack.ollama.remove_models();
    stack.ollama.install("plain:latest", "1B", &["completion"]);
    stack.says(INSERT).await;

    let asked = &stack.ollama.asked()[0];
    assert!(asked.get("tools").is_none());
    let system = asked["messages"][0]["content"].as_str().expect("a prompt");
    assert!(system.contains("insert task: name (required)"), "{system}");
    assert_eq!(stack.names(), ["buy milk"]);
}

#[tokio::test]
async fn what_is_asked_for_twice_is_done_once() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::says(&[INSERT, "\n", INSERT]));
    stack.ollama.script(Script::says(&["As I said: ", INSERT]));
    stack.asked_for("remind me").await;
    assert_eq!(stack.names(), ["buy milk"]);
    assert_eq!(stack.ollama.asked().len(), 2);
}

#[tokio::test]
async fn half_an_object_at_the_end_is_text() {
    let stack = Stack::start().await;
    let half = &INSERT[..INSERT.len() - 1];
    assert_eq!(stack.says(half).await, [half]);
    assert!(stack.cards().is_empty() && stack.names().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_cut_does_nothing() {
    let stack = Stack::start().await;
    for end in [
        Script::default().text(INSERT).abort(),
        Script::default().text(INSERT),
    ] {
        stack.ollama.script(end);
        stack.ask("go").await.expect("an answer").failed().await;
    }
    stack
        .ollama
        .script(Script::default().text(INSERT).error("out of memory"));
    stack.ask("go").await.expect("an answer").failed().await;
    stack
        .ollama
        .script(Script::default().text(INSERT).done("length"));
    stack.ask("go").await.expect("an answer").finished().await;
    assert!(stack.cards().is_empty() && stack.names().is_empty());
}

#[tokio::test]
async fn bytes_that_come_one_by_one_hold_the_same_actions() {
    let stack = Stack::start().await;
    stack
        .ollama
        .script(Script::says(&["Jasně 🐎 ", INSERT]).bytewise());
    stack.asked_for("go").await;
    assert_eq!(stack.names(), ["buy milk"]);
}

#[tokio::test]
async fn a_broken_action_does_not_keep_the_good_ones_from_running() {
    let stack = Stack::start().await;
    stack
        .says(&format!("{{\"action\":\"insert\",}} {INSERT} {{'a'}}"))
        .await;
    assert_eq!(stack.names(), ["buy milk"]);
}

#[tokio::test]
async fn an_invalid_action_is_mended_once_and_then_refused() {
    let stack = Stack::start().await;
    let wrong = r#"{"action":"insert","target":"task","args":{"title":"buy milk"}}"#;
    stack.ollama.script(Script::says(&[wrong]));
    stack.ollama.script(Script::says(&[INSERT]));
    stack.asked_for("mend it").await;
    assert_eq!(stack.names(), ["buy milk"]);
    assert_eq!(stack.states(), [ActionState::Done]);
    let told = &stack.ollama.asked()[1]["messages"];
    assert!(told.to_string().contains("name (required)"), "{told}");

    stack.ollama.script(Script::says(&[wrong]));
    stack.ollama.script(Script::says(&[wrong]));
    stack.asked_for("do not mend it").await;
    assert_eq!(stack.states(), [ActionState::Done, ActionState::Refused]);
    assert_eq!(stack.names().len(), 1);
}

#[tokio::test]
async fn a_call_that_fails_says_why_on_its_card() {
    let stack = Stack::start().await;
    stack
        .says(r#"{"action":"toggle","target":"task","args":{"id":"99"}}"#)
        .await;
    let (card, state) = stack.cards().remove(0);
    assert_eq!(state, ActionState::Failed);
    assert_eq!(card.action.expect("an action").error, "there is no task 99");
}

#[tokio::test]
async fn a_model_that_goes_on_and_on_is_stopped_with_a_word() {
    let stack = Stack::start().await;
    for id in 0..4 {
        let insert = format!(r#"{{"action":"insert","target":"task","args":{{"name":"{id}"}}}}"#);
        stack.ollama.script(Script::says(&[&insert]));
    }
    assert_eq!(stack.asked_for("loop").await.len(), 4);
    assert_eq!(stack.names(), ["0", "1", "2"]);
    let last = stack.storage.rows().pop().expect("a row");
    assert_eq!(last.role(), Role::System);
    assert!(last.text.contains("stopped"), "{}", last.text);
    // The turn is over.
    stack.ollama.script(Script::says(&["hello"]));
    assert_eq!(stack.asked_for("hi").await, ["hello"]);
}

#[tokio::test]
async fn other_json_is_nobody_s_business() {
    let stack = Stack::start().await;
    stack
        .says(r#"Send {"action":"deploy","target":"prod"} to the server."#)
        .await;
    assert!(stack.cards().is_empty());
    assert_eq!(stack.ollama.asked().len(), 1);
}

#[tokio::test]
async fn off_the_record_nothing_is_done() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::says(&[INSERT]));
    let mut aside = question("aside");
    aside.off_record = true;
    stack
        .converse(aside)
        .await
        .expect("an answer")
        .finished()
        .await;
    assert!(stack.names().is_empty());
    assert!(stack.ollama.asked()[0].get("tools").is_none());
}

#[tokio::test]
async fn a_command_is_answered_in_the_form_of_an_action() {
    let stack = Stack::start().await;
    stack.says("hello").await;
    stack.ollama.script(Script::says(&[INSERT]));
    stack.asked_for("/do add milk").await;

    assert_eq!(stack.names(), ["buy milk"]);
    let asked = stack.ollama.asked();
    assert_eq!(asked.len(), 2, "nothing more is asked after it");
    assert_eq!(
        asked[1]["format"]["anyOf"].as_array().map(Vec::len),
        Some(14)
    );
    assert_eq!(asked[1]["options"]["temperature"], 0.0);
    assert!(asked[1].get("tools").is_none());
    let messages = asked[1]["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 2, "what was said before is left out");
    assert_eq!(messages[1]["content"], "add milk");
}

#[tokio::test]
async fn an_action_that_a_dead_process_left_running_is_not_run_again() {
    let storage = crate::support::FakeStorage::start().await;
    let action = proto::storage::Action {
        tool: "task_insert".to_owned(),
        request: r#"{"name":"buy milk"}"#.to_owned(),
        state: ActionState::Running.into(),
        ..Default::default()
    };
    storage.leave(Message {
        id: 1,
        profile_id: 1,
        role: Role::Tool.into(),
        state: MessageState::Streaming.into(),
        action: Some(action),
        ..Default::default()
    });
    let stack = Stack::with(storage, |_| {}).await;
    let rows = stack
        .storage
        .until(|rows| rows[0].state() == MessageState::Done)
        .await;
    let action = rows[0].action.as_ref().expect("an action");
    assert_eq!(action.state(), ActionState::Failed);
    assert!(
        action.error.starts_with("interrupted by a restart"),
        "{}",
        action.error
    );
    assert!(stack.names().is_empty());
}

#[tokio::test]
async fn whoever_leaves_stops_the_answer_that_follows_and_until_then_it_is_one_turn() {
    let stack = Stack::start().await;
    stack.ollama.script(Script::says(&[INSERT]));
    stack.ollama.script(Script::default().text("It").hold());
    let mut answer = stack.ask("go").await.expect("an answer");
    assert_eq!(answer.piece().await, INSERT);
    stack.ollama.until_asked(2).await;
    let refused = stack.ask("second").await.err().expect("refused");
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);

    drop(answer);
    stack.ollama.until_left(1).await;
    let ended = |row: &Message| row.state() != MessageState::Streaming;
    stack.storage.until(|rows| rows.iter().all(ended)).await;
    assert_eq!(stack.names(), ["buy milk"]);
    assert_eq!(stack.states(), [ActionState::Done]);
}
