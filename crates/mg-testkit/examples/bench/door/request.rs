//! Requests, written once and sent often.

use serde_json::{Value, json};

use super::contender::Contender;

/// The revision of the protocol that all servers speak.
const REVISION: &str = "2025-11-25";

/// The bytes of `initialize`.
pub(super) fn initialize(contender: &Contender) -> Vec<u8> {
    let client = json!({ "name": "bench", "version": "1" });
    let params = json!({ "protocolVersion": REVISION, "capabilities": {}, "clientInfo": client });
    post(contender, None, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }))
}

/// The bytes of `notifications/initialized`.
pub(super) fn initialized(contender: &Contender, session: Option<&str>) -> Vec<u8> {
    post(contender, session, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
}

/// The bytes of a tools/call of `sql`.
pub(super) fn call(contender: &Contender, session: Option<&str>, sql: &str) -> Vec<u8> {
    let params = json!({ "name": contender.tool, "arguments": { "sql": sql } });
    post(contender, session, &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }))
}

fn post(contender: &Contender, session: Option<&str>, message: &Value) -> Vec<u8> {
    let body = message.to_string();
    let mut head = format!(
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {REVISION}\r\n\
         Content-Length: {}\r\n",
        contender.port,
        body.len()
    );
    if let Some(token) = &contender.token {
        head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if let Some(session) = session {
        head.push_str(&format!("Mcp-Session-Id: {session}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}
