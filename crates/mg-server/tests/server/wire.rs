//! A client that speaks the protocol byte by byte, in the era that a test asks for.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use axum::Router;
use mg_core::{Clock, FixedClock, Role};
use mg_server::HttpOptions;
use mg_testkit::{TODAY, TestPlatform};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The current revision.
pub(crate) const CURRENT: &str = "2026-07-28";
/// The one before, which shakes hands.
pub(crate) const PREVIOUS: &str = "2025-11-25";
/// The extension that tasks are.
pub(crate) const TASKS: &str = "io.modelcontextprotocol/tasks";

/// Someone with a token, at one endpoint.
#[derive(Clone)]
pub(crate) struct Wire {
    client: Client,
    url: String,
    token: String,
    /// What it says it can do.
    pub(crate) capabilities: Value,
}

impl Wire {
    /// At the platform's own endpoint, with a fresh token.
    pub(crate) async fn of(platform: &TestPlatform, role: Role) -> anyhow::Result<Self> {
        Self::at(platform.url(), platform.token(role).await?)
    }

    /// At another endpoint.
    pub(crate) fn at(url: &str, token: String) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { client, url: format!("{url}/mcp"), token, capabilities: json!({}) })
    }

    /// The same, saying that it knows tasks.
    pub(crate) fn with_tasks(mut self) -> Self {
        self.capabilities = json!({ "extensions": { TASKS: {} } });
        self
    }

    /// The same person at another endpoint.
    pub(crate) fn moved_to(&self, url: &str) -> Self {
        Self { url: format!("{url}/mcp"), ..self.clone() }
    }

    /// Another person at the same endpoint.
    pub(crate) fn with_token(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }

    /// A request with nothing but its token and media types.
    pub(crate) fn post(&self, message: &Value) -> RequestBuilder {
        self.client
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("Accept", "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .body(message.to_string())
    }

    /// A message of the current era.
    pub(crate) fn message(&self, method: &str, mut parameters: Value) -> Value {
        if !parameters["_meta"].is_object() {
            parameters["_meta"] = json!({});
        }
        parameters["_meta"]["io.modelcontextprotocol/protocolVersion"] = CURRENT.into();
        parameters["_meta"]["io.modelcontextprotocol/clientInfo"] =
            json!({ "name": "a test", "version": "1" });
        parameters["_meta"]["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": parameters })
    }

    /// Sends a message of the current era with the headers that belong to it.
    pub(crate) async fn send(&self, method: &str, parameters: Value) -> anyhow::Result<Response> {
        let message = self.message(method, parameters);
        let mut request =
            self.post(&message).header("MCP-Protocol-Version", CURRENT).header("Mcp-Method", method);
        let parameters = &message["params"];
        let names = [&parameters["name"], &parameters["uri"], &parameters["taskId"]];
        if let Some(name) = names.into_iter().find_map(Value::as_str) {
            request = request.header("Mcp-Name", name);
        }
        Ok(request.send().await?)
    }

    /// The result of a request of the current era.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        let answer = json_of(self.send(method, parameters).await?).await?;
        ensure!(answer["error"].is_null(), "{method}: {answer}");
        Ok(answer["result"].clone())
    }

    /// The error of a request of the current era that must fail.
    pub(crate) async fn refused(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        let answer = json_of(self.send(method, parameters).await?).await?;
        ensure!(answer["error"].is_object(), "{method} was not refused: {answer}");
        Ok(answer["error"].clone())
    }

    /// The whole answer to a request of the previous era.
    pub(crate) async fn ask_previous(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": parameters });
        json_of(self.post(&message).header("MCP-Protocol-Version", PREVIOUS).send().await?).await
    }

    /// Opens a stream with a request of the current era.
    pub(crate) async fn stream(&self, method: &str, parameters: Value) -> anyhow::Result<Stream> {
        let response = self.send(method, parameters).await?;
        let media_type = response.headers()[CONTENT_TYPE].to_str()?.to_owned();
        ensure!(media_type.starts_with("text/event-stream"), "{method}: {media_type}");
        Ok(Stream { response, read: Vec::new() })
    }
}

/// The body of an answer that is one JSON document.
pub(crate) async fn json_of(answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    serde_json::from_str(&text).with_context(|| format!("{status}: {text}"))
}

/// An answer that comes in parts. Dropping it closes the connection.
pub(crate) struct Stream {
    response: Response,
    read: Vec<u8>,
}

impl Stream {
    /// The next message; `None` at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        loop {
            while let Some(end) = self.read.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.read.drain(..end + 2).collect();
                let event = String::from_utf8(event)?;
                let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                if !data.trim().is_empty() {
                    return Ok(Some(serde_json::from_str(&data)?));
                }
            }
            match self.response.chunk().await? {
                Some(chunk) => self.read.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }

    /// The next message, which must come.
    pub(crate) async fn message(&mut self) -> anyhow::Result<Value> {
        match self.next().await? {
            Some(message) => Ok(message),
            None => bail!("the stream has ended"),
        }
    }
}

/// The clock of the platform's tests.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(TODAY.and_time(chrono::NaiveTime::MIN).and_utc()))
}

/// Whom the platform's tests let in.
pub(crate) fn options() -> HttpOptions {
    HttpOptions {
        allowed_hosts: vec!["127.0.0.1".to_owned()],
        allowed_origins: vec!["http://localhost:*".to_owned()],
    }
}

/// Serves a router of the test's own until the test ends; gives its address.
pub(crate) async fn serve(router: Router) -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
