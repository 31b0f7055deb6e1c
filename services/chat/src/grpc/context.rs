//! The wire form of what the model sees.
use proto::{chat as pb, storage::Role};

use crate::{
    context::{self, Context},
    model::{Offered, Said, Speaker},
};

/// Returns the wire form of a context, with estimates.
pub(super) fn described(context: Context) -> pb::DescribeContextResponse {
    let tools: Vec<pb::ContextTool> = context.offered.iter().map(tool).collect();
    let messages: Vec<pb::ContextMessage> = context.said.into_iter().map(message).collect();
    let said = messages.iter().map(|message| message.text.as_str());
    let offered = tools
        .iter()
        .flat_map(|tool| [tool.name.as_str(), &tool.about, &tool.schema]);
    let whole: String = said.chain(offered).collect();
    pb::DescribeContextResponse {
        estimated_tokens: tokens(&whole),
        messages,
        model: context.model.unwrap_or_default(),
        tools,
    }
}

fn message(said: Said) -> pb::ContextMessage {
    let role = match said.by {
        Speaker::System => Role::System,
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    };
    pb::ContextMessage {
        role: role.into(),
        estimated_tokens: tokens(&said.text),
        text: said.text,
    }
}

fn tool(offered: &Offered) -> pb::ContextTool {
    pb::ContextTool {
        name: offered.name.clone(),
        about: offered.doc.clone(),
        schema: offered.schema.to_string(),
    }
}

fn tokens(text: &str) -> i64 {
    i64::try_from(context::estimated_tokens(text)).unwrap_or(i64::MAX)
}
