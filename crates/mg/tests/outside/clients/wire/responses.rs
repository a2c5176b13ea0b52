//! OpenAI's Responses: <https://platform.openai.com/docs/api-reference/responses>.

use anyhow::bail;
use serde_json::{Value, json};

use super::super::script::{Conversation, Step};
use super::{list, results, text, tools};

/// Reads a request.
pub(in super::super) fn read(request: &Value) -> anyhow::Result<Conversation> {
    let mut question = String::new();
    let (mut calls, mut told) = (Vec::new(), Vec::new());
    for item in list(&request["input"])? {
        match (item["type"].as_str(), item["role"].as_str()) {
            (None | Some("message"), Some("user")) => question = text(&item["content"])?,
            (Some("function_call"), _) => calls.push((text(&item["call_id"])?, text(&item["name"])?)),
            (Some("function_call_output"), _) => {
                told.push((text(&item["call_id"])?, text(&item["output"])?, None));
            }
            _ => bail!("unexpected: {item}"),
        }
    }
    let tools = tools(request, |tool| (&tool["name"], &tool["parameters"]))?;
    Ok(Conversation { question, tools, results: results(&calls, told)? })
}

/// Writes a reply; `number` makes its ids its own.
pub(in super::super) fn write(number: usize, step: &Step) -> Value {
    let item = match step {
        Step::Call { tool, arguments } => json!({
            "type": "function_call",
            "id": format!("fc_{number}"),
            "call_id": format!("call_{number}"),
            "name": tool,
            "arguments": arguments.to_string(),
            "status": "completed",
        }),
        Step::Say(text) => json!({
            "type": "message",
            "id": format!("msg_{number}"),
            "role": "assistant",
            "status": "completed",
            "content": [{ "type": "output_text", "text": text, "annotations": [] }],
        }),
    };
    json!({
        "id": format!("resp_{number}"),
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": "scripted",
        "output": [item],
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": 1,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": 2,
        },
    })
}
