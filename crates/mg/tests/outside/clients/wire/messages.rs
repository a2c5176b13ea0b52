//! Anthropic's Messages: <https://docs.claude.com/en/api/messages>.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::super::script::{Conversation, Step};
use super::{list, results, text, tools};

/// Reads a request.
pub(in super::super) fn read(request: &Value) -> anyhow::Result<Conversation> {
    request["max_tokens"].as_u64().context("max_tokens is due")?;
    let [first, turns @ ..] = list(&request["messages"])?.as_slice() else {
        bail!("no message");
    };
    let (mut calls, mut told) = (Vec::new(), Vec::new());
    for turn in turns {
        for block in list(&turn["content"])? {
            match (turn["role"].as_str(), block["type"].as_str()) {
                (Some("assistant"), Some("tool_use")) => {
                    calls.push((text(&block["id"])?, text(&block["name"])?));
                }
                (Some("user"), Some("tool_result")) => {
                    let is_error = block["is_error"].as_bool();
                    told.push((text(&block["tool_use_id"])?, text(&block["content"])?, is_error));
                }
                _ => bail!("unexpected: {turn}"),
            }
        }
    }
    Ok(Conversation {
        question: text(&first["content"])?,
        tools: tools(request, |tool| (&tool["name"], &tool["input_schema"]))?,
        results: results(&calls, told)?,
    })
}

/// Writes a reply; `number` makes its ids its own.
pub(in super::super) fn write(number: usize, step: &Step) -> Value {
    let (content, stop_reason) = match step {
        Step::Call { tool, arguments } => (
            json!({ "type": "tool_use", "id": format!("toolu_{number}"), "name": tool, "input": arguments }),
            "tool_use",
        ),
        Step::Say(text) => (json!({ "type": "text", "text": text }), "end_turn"),
    };
    json!({
        "id": format!("msg_{number}"),
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": [content],
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": { "input_tokens": 1, "output_tokens": 1 },
    })
}
