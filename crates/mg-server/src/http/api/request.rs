//! The arguments of a request: from its path, its query or body, and its headers.

use axum::RequestPartsExt;
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use rmcp::model::JsonObject;
use serde_json::Value;
use url::form_urlencoded;

use super::operation::AnyOperation;
use crate::Problem;

/// Longest body, bytes.
const BODY_LIMIT: usize = 1 << 20;

/// All arguments of a request in one object, texts turned into what the operation's schema declares.
pub(super) async fn arguments(operation: &AnyOperation, request: Request) -> Result<JsonObject, Problem> {
    let (mut parts, body) = request.into_parts();
    let in_path = in_path(&mut parts).await?;
    let mut arguments = in_query(operation, parts.uri.query().unwrap_or_default())?;
    if operation.has_body() {
        if let Some(name) = arguments.keys().next() {
            let message = format!("{} takes no `{name}` in its query.", operation.name);
            return Err(Problem::new(
                "bad_arguments",
                message,
                "Send its arguments as a JSON object in the body.",
            ));
        }
        arguments = in_body(&parts.headers, body).await?;
    }
    for name in arguments.keys() {
        if operation.is_in_path(name) || operation.header_of(name).is_some() {
            let message = format!("`{name}` of {} is told by its path or a header.", operation.name);
            return Err(Problem::new("bad_arguments", message, "Leave it out of query and body."));
        }
    }
    for (name, text) in in_path {
        arguments.insert(name.clone(), declared(operation, &name, text));
    }
    for (name, header) in operation.headers {
        if let Some(text) = parts.headers.get(*header).and_then(|value| value.to_str().ok()) {
            arguments.insert((*name).to_owned(), declared(operation, name, text.to_owned()));
        }
    }
    Ok(arguments)
}

async fn in_path(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    let parameters = parts.extract::<RawPathParams>().await.map_err(|_| {
        Problem::new("bad_arguments", "The path is not UTF-8.", "Write it in UTF-8, percent-encoded.")
    })?;
    Ok(parameters.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

/// A name that is given twice is a list, or refused where the operation takes none.
fn in_query(operation: &AnyOperation, query: &str) -> Result<JsonObject, Problem> {
    let mut arguments = JsonObject::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let is_list = property(operation, &name).is_some_and(|declared| declared["type"] == "array");
        if is_list {
            let list = arguments.entry(name.into_owned()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = list {
                items.push(Value::String(text.into_owned()));
            }
        } else if arguments.contains_key(name.as_ref()) {
            let shown: String = name.chars().take(60).collect();
            let message = format!("{} is given `{shown}` twice.", operation.name);
            return Err(Problem::new("bad_arguments", message, "Give it once."));
        } else {
            let value = declared(operation, &name, text.into_owned());
            arguments.insert(name.into_owned(), value);
        }
    }
    Ok(arguments)
}

async fn in_body(headers: &HeaderMap, body: Body) -> Result<JsonObject, Problem> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        let message = format!("The body is longer than {BODY_LIMIT} bytes, or broke off.");
        Problem::new("body_too_large", message, "Send less.")
    })?;
    if bytes.is_empty() {
        return Ok(JsonObject::new());
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    // Also what keeps a foreign page from sending one without being asked whether it may.
    if !media.eq_ignore_ascii_case("application/json") {
        let advice = "Send it with Content-Type: application/json.";
        return Err(Problem::new("body_not_json", "The body is not said to be JSON.", advice));
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(Problem::new("bad_arguments", "The body is no JSON object.", "Send {…}.")),
        Err(error) => Err(Problem::new(
            "bad_arguments",
            format!("The body is no JSON: {error}."),
            "Send a JSON object.",
        )),
    }
}

/// A text as the value that its declaration asks for; as it is where that cannot be, which is refused later by name.
fn declared(operation: &AnyOperation, name: &str, text: String) -> Value {
    let kind = property(operation, name).and_then(|declared| declared["type"].as_str());
    match kind {
        Some("integer") => text.parse::<i64>().map_or(Value::String(text), Value::from),
        Some("boolean") => text.parse::<bool>().map_or(Value::String(text), Value::from),
        _ => Value::String(text),
    }
}

fn property<'a>(operation: &'a AnyOperation, name: &str) -> Option<&'a Value> {
    operation.accepted.get("properties")?.get(name)
}
