//! What an exported conversation looks like. Its words are those of the contracts; `version` goes up when they change.
use proto::storage::{Message, MessageState, Role, Usage};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "botiferrous.conversation";
const VERSION: u32 = 1;

/// An exported conversation.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct File {
    format: String,
    version: u32,
    #[serde(default)]
    profile: String,
    messages: Vec<Line>,
}

/// One message of it.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    id: i64,
    #[serde(default)]
    parent_id: Option<i64>,
    role: Speaker,
    text: String,
    #[serde(default)]
    app: String,
    #[serde(default)]
    model: String,
    /// Whether it was cut short.
    #[serde(default)]
    interrupted: bool,
    #[serde(default)]
    created: String,
    #[serde(default)]
    usage: Option<Cost>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Speaker {
    User,
    Assistant,
    System,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Cost {
    prompt_tokens: i64,
    reply_tokens: i64,
    load_ms: i64,
    first_token_ms: i64,
    reply_ms: i64,
    context_tokens: i64,
}

impl File {
    /// Makes the file of a conversation.
    pub(super) fn of(profile: &str, messages: Vec<Message>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            profile: profile.to_owned(),
            messages: messages.into_iter().map(Line::from).collect(),
        }
    }

    /// Returns the messages; what they may hold is for storage to say.
    ///
    /// # Errors
    /// Says that the file is none of ours.
    pub(super) fn messages(self) -> Result<Vec<Message>, String> {
        if self.format != FORMAT || self.version != VERSION {
            return Err(format!(
                "this is no conversation exported from here: format `{FORMAT}` and version {VERSION} are wanted"
            ));
        }
        self.messages.into_iter().map(Line::message).collect()
    }

    /// Returns the conversation as Markdown, to be read by people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("# Conversation: {}\n", self.profile);
        for line in &self.messages {
            let who = match line.role {
                Speaker::User => "You",
                Speaker::Assistant => "Model",
                Speaker::System => "App",
            };
            let model = if line.model.is_empty() {
                String::new()
            } else {
                format!(" ({})", line.model)
            };
            text += &format!("\n## {who}{model}, {}\n\n{}\n", line.created, line.text);
        }
        text
    }
}

impl From<Message> for Line {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            parent_id: message.parent_id,
            role: match message.role() {
                Role::User => Speaker::User,
                Role::Assistant => Speaker::Assistant,
                _ => Speaker::System,
            },
            interrupted: message.state() != MessageState::Done,
            created: message
                .created
                .as_ref()
                .and_then(proto::time::from_wire)
                .unwrap_or_default(),
            usage: message.usage.map(Cost::from),
            text: message.text,
            app: message.app,
            model: message.model,
        }
    }
}

impl Line {
    fn message(self) -> Result<Message, String> {
        let created = match self.created.as_str() {
            "" => None,
            time => Some(
                proto::time::to_wire(time)
                    .ok_or_else(|| format!("message {}: `{time}` is no time", self.id))?,
            ),
        };
        let role = match self.role {
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
            Speaker::System => Role::System,
        };
        let state = if self.interrupted {
            MessageState::Interrupted
        } else {
            MessageState::Done
        };
        Ok(Message {
            id: self.id,
            parent_id: self.parent_id,
            role: role.into(),
            state: state.into(),
            text: self.text,
            app: self.app,
            model: self.model,
            usage: self.usage.map(Usage::from),
            created,
            ..Message::default()
        })
    }
}

impl From<Usage> for Cost {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            reply_tokens: usage.reply_tokens,
            load_ms: usage.load_ms,
            first_token_ms: usage.first_token_ms,
            reply_ms: usage.reply_ms,
            context_tokens: usage.context_tokens,
        }
    }
}

impl From<Cost> for Usage {
    fn from(cost: Cost) -> Self {
        Self {
            prompt_tokens: cost.prompt_tokens,
            reply_tokens: cost.reply_tokens,
            load_ms: cost.load_ms,
            first_token_ms: cost.first_token_ms,
            reply_ms: cost.reply_ms,
            context_tokens: cost.context_tokens,
        }
    }
}
