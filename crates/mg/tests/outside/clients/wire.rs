//! The providers' wire formats, as far as the programs use them: a request becomes a
//! [`Conversation`](super::script::Conversation), a [`Step`](super::script::Step) a reply. What
//! is not of the format is refused, so that a program that strays fails.

pub(super) mod chat;
pub(super) mod messages;
pub(super) mod responses;

use anyhow::Context;
use serde_json::Value;

use super::script::{OfferedTool, ToolResult};

/// The tools of a request: `describe` finds name and schema in each.
fn tools(request: &Value, describe: impl Fn(&Value) -> (&Value, &Value)) -> anyhow::Result<Vec<OfferedTool>> {
    let tools = list(&request["tools"])?.iter().map(|tool| {
        let (name, schema) = describe(tool);
        Ok(OfferedTool { name: text(name)?, schema: schema.clone() })
    });
    tools.collect()
}

/// The results, each under the name of the call with its id.
fn results(
    calls: &[(String, String)],
    results: Vec<(String, String, Option<bool>)>,
) -> anyhow::Result<Vec<ToolResult>> {
    let named = results.into_iter().map(|(id, text, is_error)| {
        let call = calls.iter().find(|(known, _)| *known == id);
        let (_, tool) = call.with_context(|| format!("a result for {id}, which was not called"))?;
        Ok(ToolResult { tool: tool.clone(), text, is_error })
    });
    named.collect()
}

/// A content: a text, or a list of blocks of which each has a text.
fn text(content: &Value) -> anyhow::Result<String> {
    if let Some(text) = content.as_str() {
        return Ok(text.to_owned());
    }
    let texts = list(content)?.iter().map(|block| text(&block["text"]));
    Ok(texts.collect::<anyhow::Result<Vec<_>>>()?.join("\n"))
}

fn list(value: &Value) -> anyhow::Result<&Vec<Value>> {
    value.as_array().with_context(|| format!("not a list: {value}"))
}
