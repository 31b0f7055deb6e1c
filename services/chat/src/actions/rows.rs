//! The rows an action is about: as they are, and as they were before and after.
use proto::{options::Effect, storage::ListChangesRequest};
use serde_json::{Value as Json, json};

use super::{Actions, By, Reached};

/// Bytes of a list of rows that are kept.
const LARGEST: usize = 100_000;
/// Changes of one call that are looked at.
const MOST: i32 = 200;

impl Actions {
    /// Returns the row that an action would delete, as a JSON array; what can not be read is not shown.
    pub(super) async fn row_now(&self, reached: &Reached, request: &Json) -> String {
        if reached.tool.effect != Effect::Delete {
            return String::new();
        }
        let target = &reached.tool.target;
        let Some(read) = self.0.reach.find(&format!("{target}_read")) else {
            return String::new();
        };
        let wanted = json!({ "id": request["id"] });
        let read = self.answer(By::Model, read, &wanted).await;
        let row = read.ok().and_then(|answer| answer.get(target).cloned());
        array(vec![row.map(|row| row.to_string())])
    }

    /// Returns the rows before and after a group of changes, as JSON arrays.
    pub(super) async fn rows_of(&self, group: i64) -> (String, String) {
        if group == 0 {
            return (String::new(), String::new());
        }
        let request = ListChangesRequest {
            group: Some(group),
            page_size: MOST,
            ..Default::default()
        };
        let mut changes = match self.0.changes.clone().list_changes(request).await {
            Ok(listed) => listed.into_inner().changes,
            Err(status) => {
                tracing::warn!(error = %status, change.group = group, "changes not read for a card");
                return (String::new(), String::new());
            }
        };
        changes.reverse();
        let (before, after) = changes.into_iter().map(|c| (c.before, c.after)).unzip();
        (array(before), array(after))
    }
}

/// Writes rows that are JSON already as an array, as many as fit.
pub(super) fn array(rows: Vec<Option<String>>) -> String {
    let mut text = String::from("[");
    for row in rows.into_iter().flatten() {
        if text.len() + row.len() + 2 > LARGEST {
            break;
        }
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&row);
    }
    text + "]"
}
