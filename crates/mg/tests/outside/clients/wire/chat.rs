//! OpenAI's Chat Completions: <https://platform.openai.com/docs/api-reference/chat>.

use anyhow::bail;
use serde_json::{Value, json};

use super::super::script::{Conversation, Step};
use super::{list, results, text, tools};

/// Reads a request.
pub(in super::super) fn read(request: &Value) -> anyhow::Result<Conversation> {
    let mut question = String::new();
    let (mut calls, mut told) = (Vec::new(), Vec::new());
    for message in list(&request["messages"])? {
        match message["role"].as_str() {
            Some("system" | "developer") => {}
            Some("user") => question = text(&message["content"])?,
            Some("assistant") => {
                for call in list(&message["tool_calls"])? {
                    calls.push((text(&call["id"])?, text(&call["function"]["name"])?));
                }
            }
            Some("tool") => told.push((text(&message["tool_call_id"])?, text(&message["content"])?, None)),
            _ => bail!("unexpected: {message}"),
        }
    }
    let tools = tools(request, |tool| (&tool["function"]["name"], &tool["function"]["parameters"]))?;
    Ok(Conversation { question, tools, results: results(&calls, told)? })
}

/// Writes a reply; `number` makes its ids its own.
pub(in super::super) fn write(number: usize, step: &Step) -> Value {
    let (message, finish_reason) = match step {
        Step::Call { tool, arguments } => {
            let function = json!({ "name": tool, "arguments": arguments.to_string() });
            let call = json!({ "id": format!("call_{number}"), "type": "function", "function": function });
            (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
        }
        Step::Say(text) => (json!({ "role": "assistant", "content": text }), "stop"),
    };
    json!({
        "id": format!("chatcmpl-{number}"),
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    })
}
