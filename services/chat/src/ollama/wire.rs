//! The JSON that Ollama takes and gives. Fields it adds later are ignored.
use serde::{Deserialize, Serialize};

use crate::model::{Ask, Done, Installed, Piece, Speaker, Usage};

#[derive(Serialize)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: Vec<ChatMessage<'a>>,
    stream: bool,
    /// Left out for models that can not think: they refuse the field, while for those that can, leaving it out means
    /// true and delays the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<bool>,
}

#[derive(Serialize)]
struct ChatMessage<'a> {
    role: &'static str,
    content: &'a str,
}

impl<'a> ChatRequest<'a> {
    pub(super) fn new(ask: &'a Ask, model_thinks: bool) -> Self {
        let message = |said: &'a crate::model::Said| ChatMessage {
            role: match said.by {
                Speaker::System => "system",
                Speaker::User => "user",
                Speaker::Assistant => "assistant",
            },
            content: &said.text,
        };
        Self {
            model: &ask.model,
            messages: ask.said.iter().map(message).collect(),
            stream: true,
            think: model_thinks.then_some(false),
        }
    }
}

/// One line of an answer: more of it, its end, or an error in the middle of it.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) error: Option<String>,
    message: Option<LineMessage>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    load_duration: Option<i64>,
    prompt_eval_count: Option<i64>,
    eval_count: Option<i64>,
    eval_duration: Option<i64>,
}

#[derive(Default, Deserialize)]
struct LineMessage {
    content: Option<String>,
    thinking: Option<String>,
}

impl From<Line> for Piece {
    fn from(line: Line) -> Self {
        let ms = |nanoseconds: Option<i64>| nanoseconds.unwrap_or(0) / 1_000_000;
        let done = line.done.then(|| Done {
            cut: line.done_reason.as_deref() == Some("length"),
            usage: Usage {
                prompt_tokens: line.prompt_eval_count.unwrap_or(0),
                reply_tokens: line.eval_count.unwrap_or(0),
                load_ms: ms(line.load_duration),
                first_token_ms: 0,
                reply_ms: ms(line.eval_duration),
            },
        });
        let message = line.message.unwrap_or_default();
        Self {
            text: message.content.unwrap_or_default(),
            thinking: message.thinking.unwrap_or_default(),
            done,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Tags {
    #[serde(default)]
    pub(super) models: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
pub(super) struct Tag {
    name: String,
    #[serde(default)]
    size: i64,
    details: Option<Details>,
    capabilities: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    family: String,
    #[serde(default)]
    parameter_size: String,
}

impl From<Tag> for Installed {
    fn from(tag: Tag) -> Self {
        let details = tag.details.unwrap_or_default();
        let embeds_only = match &tag.capabilities {
            Some(can) if !can.is_empty() => !can.iter().any(|c| c == "completion"),
            // Older servers do not say; their embedding models are all of this family.
            _ => details.family.ends_with("bert"),
        };
        Self {
            name: tag.name,
            size: tag.size,
            parameter_size: details.parameter_size,
            embeds_only,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    pub(super) capabilities: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Failure {
    pub(super) error: String,
}
