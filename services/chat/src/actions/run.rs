//! The call itself, and what is kept of its end.
use std::time::Duration;

use futures::TryStreamExt as _;
use proto::storage::{Action, ActionState, Message};
use serde_json::{Value as Json, json};
use tonic::Status;

use super::{Actions, By, LONGEST_ERROR, Reached, shortened};
use crate::error::Error;

/// Time for a call; what takes longer belongs in a workflow.
const LIMIT: Duration = Duration::from_secs(60);
/// Characters of a result that are kept.
const LONGEST_RESULT: usize = 100_000;

impl Actions {
    /// Makes the call of an action whose card says that it runs, and writes how it ended.
    pub(super) async fn run(
        &self,
        by: By,
        reached: &Reached,
        id: i64,
        mut action: Action,
    ) -> Result<Message, Error> {
        let request = serde_json::from_str(&action.request).unwrap_or_else(|_| json!({}));
        match self.answer(by, reached, &request).await {
            Ok(result) => {
                action.set_state(ActionState::Done);
                action.change_group = result["change_group"].as_i64().unwrap_or(0);
                (action.before, action.after) = self.rows_of(action.change_group).await;
                action.result = bounded(&result);
            }
            Err(status) => {
                action.set_state(ActionState::Failed);
                action.before.clear();
                action.error = shortened(status.message(), LONGEST_ERROR);
            }
        }
        tracing::info!(action.id = id, tool.name = %reached.name, failed = !action.error.is_empty(), "action ended");
        self.0.cards.update(id, &action).await
    }

    /// Returns the last message of a call: its result.
    pub(super) async fn answer(
        &self,
        by: By,
        reached: &Reached,
        request: &Json,
    ) -> Result<Json, Status> {
        let tools = match by {
            By::Model => &self.0.model,
            By::Person => &self.0.page,
        };
        let mut answers = tools.call(&reached.tool, request, LIMIT).await?;
        let mut last = None;
        while let Some(answer) = answers.try_next().await? {
            last = Some(answer);
        }
        last.ok_or_else(|| Status::internal("the call ended without an answer"))
    }
}

/// Writes a result; of one that is too large, the beginning as text.
fn bounded(result: &Json) -> String {
    let text = result.to_string();
    if text.chars().count() <= LONGEST_RESULT {
        return text;
    }
    // Escapes at most double it.
    json!({ "shortened": shortened(&text, LONGEST_RESULT / 3) }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::rows;

    #[test]
    fn a_large_result_is_shortened_and_still_json() {
        let result = json!({ "rows": "\"".repeat(LONGEST_RESULT) });
        let text = bounded(&result);
        assert!(text.chars().count() <= LONGEST_RESULT);
        assert!(serde_json::from_str::<Json>(&text).is_ok());
        assert_eq!(bounded(&json!({"a": 1})), r#"{"a":1}"#);
    }

    #[test]
    fn rows_that_are_too_many_are_left_out() {
        let row = Some("{}".to_owned());
        assert_eq!(rows::array(vec![row.clone(), None, row.clone()]), "[{},{}]");
        assert_eq!(rows::array(vec![None]), "[]");
        let many = rows::array(vec![row; 100_000]);
        assert!(many.len() <= LONGEST_RESULT && many.ends_with("{}]"));
    }
}
