//! Which tools the model reaches, and how they are described to it.
use std::{fmt::Write as _, sync::Arc};

use proto::options::Effect;
use runtime::tools::{self, Catalog, Invalid, Tool, schema};
use serde_json::{Value as Json, json};

use crate::model::{Call, Offered};

/// What the model reaches.
#[derive(Clone)]
pub(crate) struct Reach(Arc<[Reached]>);

/// One tool in reach.
pub(crate) struct Reached {
    pub(crate) name: String,
    pub(crate) tool: Tool,
    pub(crate) schema: Json,
}

impl Reach {
    /// Takes from a catalogue what models may call.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let tools = catalog.iter().filter(|tool| is_in_reach(tool));
        let reached = tools.map(|tool| Reached {
            name: tool.name(),
            schema: schema::of(&tool.method.input()),
            tool: tool.clone(),
        });
        Self(reached.collect())
    }

    /// Returns the tools in the order of the contracts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Reached> {
        self.0.iter()
    }

    /// Finds a tool by its name.
    pub(crate) fn find(&self, name: &str) -> Option<&Reached> {
        self.iter().find(|reached| reached.name == name)
    }

    /// Returns whether there is any tool for what the call is about; other JSON with such words is no action.
    pub(crate) fn knows_target(&self, call: &Call) -> bool {
        let target = call.tool.rsplit_once('_').map_or("", |(target, _)| target);
        self.iter().any(|reached| reached.tool.target == target)
    }

    /// Finds the tool of a call and checks its arguments; what is wrong is said in a sentence that helps to mend it.
    pub(crate) fn check(&self, call: &Call) -> Result<&Reached, String> {
        let reached = self.find(&call.tool).ok_or_else(|| self.unknown(call))?;
        match tools::read(&reached.tool.method.input(), &call.args) {
            Ok(_) => Ok(reached),
            Err(invalid) => Err(format!(
                "{}; {} takes: {}",
                sentence(invalid),
                reached.name,
                reached.fields().join(", ")
            )),
        }
    }

    fn unknown(&self, call: &Call) -> String {
        let names: Vec<&str> = self.iter().map(|reached| &*reached.name).collect();
        let known = names.join(", ");
        format!("there is no tool `{}`; there are: {known}", call.tool)
    }

    /// Returns the tools as models with tool support are offered them.
    pub(crate) fn offered(&self) -> Arc<[Offered]> {
        let offered = self.iter().map(|reached| Offered {
            name: reached.name.clone(),
            doc: reached.tool.doc.clone(),
            schema: reached.schema.clone(),
        });
        offered.collect()
    }

    /// Returns what a model without tool support is told about them.
    pub(crate) fn told(&self) -> String {
        let mut text = TOLD.to_owned();
        for reached in self.iter() {
            let Tool { action, target, .. } = &reached.tool;
            let _ = write!(text, "\n{action} {target}: {}", reached.fields().join(", "));
        }
        text
    }

    /// Returns the JSON schema of one action on tasks or profiles, in the original app's form.
    pub(crate) fn constrained(&self) -> Json {
        let own = self.iter().filter(|reached| is_list(&reached.tool));
        let any: Vec<Json> = own.map(Reached::as_action).collect();
        json!({ "anyOf": any })
    }
}

const TOLD: &str = "When the person asks you to change or look up something, you can do it: write one JSON object like \
{\"action\": \"insert\", \"target\": \"task\", \"args\": {\"name\": \"an example, never write this one\"}} and nothing \
else. Otherwise answer in plain words without JSON. Actions, targets and their args:";

impl Reached {
    fn fields(&self) -> Vec<String> {
        let required = &self.schema["required"];
        let is_required = |name: &str| {
            required
                .as_array()
                .is_some_and(|all| all.contains(&json!(name)))
        };
        let fields = self.schema["properties"].as_object();
        fields
            .into_iter()
            .flatten()
            .map(|(name, _)| match is_required(name) {
                true => format!("{name} (required)"),
                false => name.clone(),
            })
            .collect()
    }

    fn as_action(&self) -> Json {
        let mut args = self.schema.clone();
        // A small model that is offered a number makes one up; without it the profile in front is meant.
        if self.tool.target == "task"
            && let Some(properties) = args["properties"].as_object_mut()
        {
            properties.remove("profile_id");
        }
        json!({
            "type": "object",
            "properties": {
                "action": { "const": self.tool.action },
                "target": { "const": self.tool.target },
                "args": args,
            },
            "required": ["action", "target", "args"],
            "additionalProperties": false,
        })
    }
}

fn is_in_reach(tool: &Tool) -> bool {
    let reads = tool.effect == Effect::Read;
    match tool.method.parent_service().package_name() {
        "botiferrous.storage.v1" => is_list(tool) || (tool.target == "setting" && reads),
        "botiferrous.botify.v1" => reads,
        "botiferrous.workflow.v1" => {
            matches!(&*tool.action, "list" | "read" | "start" | "submit")
        }
        _ => false,
    }
}

fn is_list(tool: &Tool) -> bool {
    matches!(&*tool.target, "task" | "profile")
}

fn sentence(invalid: Vec<Invalid>) -> String {
    let parts = invalid.into_iter().map(|wrong| match &*wrong.path {
        "" => wrong.reason,
        path => format!("`{path}` {}", wrong.reason),
    });
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach::of(&Catalog::built_in())
    }

    #[test]
    fn the_model_reaches_tasks_and_profiles_but_neither_messages_nor_undo_nor_itself() {
        let reach = reach();
        for target in ["task", "profile"] {
            for action in [
                "list", "read", "insert", "update", "delete", "toggle", "sort",
            ] {
                let name = format!("{target}_{action}");
                assert!(reach.find(&name).is_some(), "{name}");
            }
        }
        for name in ["setting_read", "project_list", "run_start", "step_submit"] {
            assert!(reach.find(name).is_some(), "{name}");
        }
        for name in [
            "message_list",
            "message_delete",
            "change_undo",
            "setting_update",
            "setting_delete",
            "pipeline_read",
            "model_ask",
        ] {
            assert!(reach.find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_call_is_said_with_what_would_be_right() {
        let wrong = |tool, args| reach().check(&Call::new(tool, args)).err().expect("wrong");
        let said = wrong("task_insert", json!({"nme": "x"}));
        assert!(
            said.contains("nme") && said.contains("name (required)"),
            "{said}"
        );
        let said = wrong("task_insert", json!({}));
        assert!(said.starts_with("`name` is required"), "{said}");
        let said = wrong("task_redirect", json!({}));
        assert!(said.contains("task_toggle"), "{said}");
        assert!(
            reach()
                .check(&Call::new("task_insert", json!({"name": "x"})))
                .is_ok()
        );
    }

    #[test]
    fn a_model_without_tool_support_is_told_in_a_screenful() {
        let told = reach().told();
        assert!(
            told.contains("\ninsert task: name (required), profile_id"),
            "{told}"
        );
        assert!(told.len() < 4000, "{}", told.len());
    }

    #[test]
    fn the_tools_leave_room_in_a_small_context() {
        let offered: String = reach()
            .offered()
            .iter()
            .map(|o| format!("{}{}{}", o.name, o.doc, o.schema))
            .collect();
        assert!(
            offered.len() / 4 < 2_500,
            "about {} tokens",
            offered.len() / 4
        );
    }

    #[test]
    fn constrained_answers_are_actions_on_tasks_and_profiles() {
        let schema = reach().constrained();
        let any = schema["anyOf"].as_array().expect("a choice");
        assert_eq!(any.len(), 14);
        assert_eq!(any[0]["properties"]["action"]["const"], "list");
        let about_tasks = any
            .iter()
            .filter(|one| one["properties"]["target"]["const"] == "task");
        assert!(about_tasks.clone().count() > 0);
        for one in about_tasks {
            let fields = &one["properties"]["args"]["properties"];
            assert!(
                fields.is_object() && fields["profile_id"].is_null(),
                "{one}"
            );
        }
    }
}
