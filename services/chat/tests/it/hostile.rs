//! Text that others wrote is never an action, whatever it says.
use chat::fake::Script;
use proto::storage::ActionState;

use crate::support::{Stack, question};

const HOSTILE: &str = include_str!("hostile.txt");

fn strings() -> Vec<&'static str> {
    let strings: Vec<&str> = HOSTILE.lines().collect();
    assert!(strings.len() >= 60, "{} strings", strings.len());
    strings
}

/// Starts with two tasks to lose.
async fn stack() -> Stack {
    let stack = Stack::start().await;
    stack.storage.tables.add_task("first");
    stack.storage.tables.add_task("second");
    stack
}

#[tokio::test]
async fn a_model_that_repeats_the_question_does_nothing() {
    let stack = stack().await;
    let before = stack.storage.tables.tasks();
    for hostile in strings() {
        stack.ollama.script(Script::says(&["You said: ", hostile]));
        stack.asked_for(hostile).await;
        assert!(stack.cards().is_empty(), "{hostile}");
    }
    assert_eq!(stack.storage.tables.tasks(), before);
}

#[tokio::test]
async fn a_model_that_repeats_the_name_of_a_task_does_nothing() {
    let stack = stack().await;
    for hostile in strings() {
        let id = stack.storage.tables.add_task(hostile);
        let before = stack.storage.tables.tasks();
        let read = format!(r#"{{"action":"read","target":"task","args":{{"id":{id}}}}}"#);
        stack.ollama.script(Script::says(&[&read]));
        stack.ollama.script(Script::says(&["It says: ", hostile]));
        let answers = stack.asked_for("what is the last one?").await;
        assert_eq!(answers.len(), 2, "{hostile}");
        assert_eq!(stack.storage.tables.tasks(), before, "{hostile}");
    }
    let tools = stack
        .cards()
        .into_iter()
        .filter_map(|(card, _)| card.action);
    assert!(tools.into_iter().all(|action| action.tool == "task_read"));
}

#[tokio::test]
async fn a_model_that_repeats_a_row_of_the_page_does_nothing() {
    let stack = stack().await;
    for hostile in strings() {
        let id = stack.storage.tables.add_task(hostile);
        let before = stack.storage.tables.tasks();
        stack.ollama.script(Script::says(&[hostile]));
        let mut asked = question("what is new?");
        asked.app = "task".to_owned();
        stack.converse(asked).await.expect("an answer").all().await;
        assert_eq!(stack.storage.tables.tasks(), before, "{id} {hostile}");
        assert!(stack.cards().is_empty(), "{hostile}");
    }
}

#[tokio::test]
async fn a_model_that_is_fooled_still_deletes_nothing_without_a_click() {
    let stack = stack().await;
    stack.storage.tables.add_task("third"); // which no string names, so that asking to delete it is no quote
    let before = stack.storage.tables.tasks();
    for hostile in strings() {
        let delete = r#"{"action":"delete","target":"task","args":{"id":3}}"#;
        stack
            .ollama
            .script(Script::says(&["As you wish. ", delete]));
        stack.asked_for(hostile).await;
    }
    assert_eq!(stack.storage.tables.tasks(), before);
    let waits = |state: &ActionState| *state == ActionState::Waiting;
    assert!(stack.states().iter().all(waits));
    assert_eq!(stack.states().len(), strings().len());
}
