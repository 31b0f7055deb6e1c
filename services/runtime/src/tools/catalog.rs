//! The list of tools, read from the contracts.
use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor, MethodDescriptor, Value};
use proto::options::{self, Effect};

/// A method that may be called by name with JSON.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What it does: list, insert, ...
    pub action: String,
    /// What it does it to: task, profile, ...
    pub target: String,
    /// What it can change.
    pub effect: Effect,
    /// The method's comment.
    pub doc: String,
    /// The method itself.
    pub method: MethodDescriptor,
}

impl Tool {
    /// Returns its name for models, such as `task_insert`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.target, self.action)
    }
}

/// Every tool of a set of contracts.
#[derive(Clone, Debug)]
pub struct Catalog(Vec<Tool>);

impl Catalog {
    /// Reads our own contracts.
    ///
    /// # Panics
    /// Never: the contracts are part of the binary and proven by the tests.
    pub fn built_in() -> Self {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("contracts are well-formed");
        Self::from_pool(&pool)
    }

    /// Reads the contracts in a pool.
    pub fn from_pool(pool: &DescriptorPool) -> Self {
        let Some(extension) = pool.get_extension_by_name("botiferrous.options.v1.tool") else {
            return Self(Vec::new());
        };
        let mut tools = Vec::new();
        for service in pool.services() {
            let comments = comments(&service.parent_file());
            for method in service.methods() {
                let options = method.options();
                // `has_extension` first: asking for an absent one returns a default.
                if !options.has_extension(&extension) {
                    continue;
                }
                let value = options.get_extension(&extension);
                if let Some(tool) = described(&value) {
                    tools.push(Tool {
                        effect: tool.effect(),
                        action: tool.action,
                        target: tool.target,
                        doc: comments.get(method.path()).cloned().unwrap_or_default(),
                        method,
                    });
                }
            }
        }
        Self(tools)
    }

    /// Returns every tool, in the order of the contracts.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.iter()
    }

    /// Finds a tool by the full name of its method, such as `botiferrous.storage.v1.TaskService.CreateTask` (a slash
    /// before the method works too), or by its name, such as `task_insert`.
    pub fn find(&self, name: &str) -> Option<&Tool> {
        let full = name.replace('/', ".");
        self.0
            .iter()
            .find(|tool| tool.method.full_name() == full || tool.name() == name)
    }
}

fn described(value: &Value) -> Option<options::Tool> {
    value.as_message()?.transcode_to().ok()
}

/// Returns the comments of a file by the path of what they stand at.
pub(super) fn comments(file: &FileDescriptor) -> HashMap<Vec<i32>, String> {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    info.into_iter()
        .flat_map(|info| &info.location)
        .filter_map(|place| {
            let text = place.leading_comments.as_ref()?;
            let sentence = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            Some((place.path.clone(), sentence.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_tool_has_a_unique_name_a_comment_and_an_effect() {
        let catalog = Catalog::built_in();
        let mut names = HashSet::new();
        for tool in catalog.iter() {
            assert!(names.insert(tool.name()), "{} is there twice", tool.name());
            assert!(!tool.doc.is_empty(), "{} has no comment", tool.name());
            assert_ne!(
                tool.effect,
                Effect::Unspecified,
                "{} has no effect",
                tool.name()
            );
        }
        assert!(names.len() > 20, "options were lost: {names:?}");
    }

    #[test]
    fn a_tool_is_found_by_method_and_by_name() {
        let catalog = Catalog::built_in();
        for name in [
            "task_insert",
            "botiferrous.storage.v1.TaskService/CreateTask",
            "botiferrous.storage.v1.TaskService.CreateTask",
        ] {
            let tool = catalog.find(name).expect(name);
            assert_eq!((&*tool.action, &*tool.target), ("insert", "task"));
            assert_eq!(tool.effect, Effect::Write);
            assert!(tool.doc.starts_with("Adds a task"), "{}", tool.doc);
        }
        assert!(
            catalog
                .find("botiferrous.botify.v1.BotifyService/Connect")
                .is_none()
        );
    }
}
