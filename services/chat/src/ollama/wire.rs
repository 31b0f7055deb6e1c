//! The JSON that Ollama takes and gives. Fields it adds later are ignored.
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Ask, Call, Done, Installed, Offered, Piece, Round, Said, Speaker, Usage};

#[derive(Serialize)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: Vec<ChatMessage<'a>>,
    stream: bool,
    /// Left out for models that can not think: they refuse the field, while for those that can, leaving it out means
    /// true and delays the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options>,
}

#[derive(Serialize)]
struct Options {
    temperature: f32,
}

#[derive(Serialize)]
struct ChatMessage<'a> {
    role: &'static str,
    content: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
}

impl<'a> ChatRequest<'a> {
    pub(super) fn new(ask: &'a Ask, model_thinks: bool) -> Self {
        let said = ask.said.iter().map(message);
        Self {
            model: &ask.model,
            messages: said.chain(ask.rounds.iter().flat_map(round)).collect(),
            stream: true,
            think: model_thinks.then_some(false),
            tools: ask.offered.iter().map(tool).collect(),
            format: ask.format.as_ref(),
            options: ask.format.is_some().then_some(Options { temperature: 0.0 }),
        }
    }
}

fn message(said: &Said) -> ChatMessage<'_> {
    let role = match said.by {
        Speaker::System => "system",
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    };
    plain(role, &said.text)
}

fn plain<'a>(role: &'static str, content: &'a str) -> ChatMessage<'a> {
    ChatMessage {
        role,
        content,
        tool_calls: Vec::new(),
        tool_name: None,
    }
}

/// Returns what the model said and what came of it; calls that it wrote as text are answered by the app in text.
fn round(round: &Round) -> Vec<ChatMessage<'_>> {
    let calls = round.calls.iter();
    let mut messages = vec![ChatMessage {
        tool_calls: calls
            .map(|call| json!({ "function": { "name": call.tool, "arguments": call.args } }))
            .collect(),
        ..plain("assistant", &round.text)
    }];
    messages.extend(round.results.iter().map(|(tool, result)| {
        if round.calls.is_empty() {
            plain("system", result)
        } else {
            ChatMessage {
                tool_name: Some(tool),
                ..plain("tool", result)
            }
        }
    }));
    messages
}

fn tool(offered: &Offered) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": offered.name,
            "description": offered.doc,
            "parameters": offered.schema,
        },
    })
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
    tool_calls: Option<Vec<LineCall>>,
}

#[derive(Deserialize)]
struct LineCall {
    function: LineFunction,
}

#[derive(Deserialize)]
struct LineFunction {
    name: String,
    #[serde(default)]
    arguments: Value,
}

impl From<LineCall> for Call {
    fn from(call: LineCall) -> Self {
        Self::new(call.function.name, call.function.arguments)
    }
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
                context_tokens: 0, // not in the line; the one who asked knows it
            },
        });
        let message = line.message.unwrap_or_default();
        Self {
            text: message.content.unwrap_or_default(),
            thinking: message.thinking.unwrap_or_default(),
            calls: message
                .tool_calls
                .into_iter()
                .flatten()
                .map(Call::from)
                .collect(),
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
            loaded: false,
        }
    }
}

/// What is in memory.
#[derive(Deserialize)]
pub(super) struct Loaded {
    #[serde(default)]
    pub(super) models: Option<Vec<Named>>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    pub(super) capabilities: Option<Vec<String>>,
    #[serde(default)]
    model_info: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    parameters: Option<String>,
}

impl Shown {
    /// Returns how many tokens the model can hold in mind: as many as it is set to, else as many as it was made for.
    pub(super) fn context_tokens(&self) -> Option<i64> {
        let set = self.parameters.iter().flat_map(|text| text.lines());
        let set = set
            .filter_map(|line| line.split_once(char::is_whitespace))
            .find(|(name, _)| *name == "num_ctx")
            .and_then(|(_, value)| value.trim().parse().ok());
        let made = || {
            let mut info = self.model_info.iter().flatten();
            info.find(|(name, _)| name.ends_with(".context_length"))
                .and_then(|(_, value)| value.as_i64())
        };
        set.or_else(made)
    }
}

#[derive(Deserialize)]
pub(super) struct Failure {
    pub(super) error: String,
}
