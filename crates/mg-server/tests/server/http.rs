//! The door: who is let in, from where, and with how much.

use mg_core::{Role, Scope};
use mg_server::{TokenRequest, create_token, revoke_token};
use mg_testkit::{Era, TestPlatform};
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// Who knocks at the platform's door, byte by byte.
struct Visitor {
    client: Client,
    url: String,
}

impl Visitor {
    fn of(platform: &TestPlatform) -> anyhow::Result<Self> {
        Ok(Self { client: Client::builder().no_proxy().build()?, url: platform.url().to_owned() })
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A message of MCP, with the headers that it needs in the current era.
    fn post(&self, token: Option<&str>, message: &Value) -> RequestBuilder {
        let mut request = self
            .request(Method::POST, "/mcp", token)
            .header("Accept", "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .body(message.to_string());
        if message["params"]["_meta"].is_object() {
            request = request.header("MCP-Protocol-Version", "2026-07-28");
            for (header, value) in
                [("Mcp-Method", &message["method"]), ("Mcp-Name", &message["params"]["name"])]
            {
                request =
                    value.as_str().into_iter().fold(request, |request, value| request.header(header, value));
            }
        }
        request
    }
}

fn request(name: &str, days: Option<u32>) -> TokenRequest<'_> {
    TokenRequest { name, role: Role::Editor, scope: Scope::All, days }
}

/// A message of the current era.
fn message(method: &str, mut parameters: Value) -> Value {
    parameters["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "a test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters })
}

fn initialize() -> Value {
    let parameters = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "a test", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters })
}

async fn body(answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("{status}, {error}: {text}"))
}

#[tokio::test]
async fn only_a_live_token_opens() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let visitor = Visitor::of(&platform)?;
    let (ctx, store) = (platform.context(Role::Editor), &platform.app.store);
    let revoked = create_token(&ctx, store, request("revoked", None)).await?.secret;
    revoke_token(&ctx, store, "revoked").await?;
    // Its last instant is now, and the clock stands still.
    let expired = create_token(&ctx, store, request("expired", Some(0))).await?.secret;
    let live = platform.token(Role::Viewer).await?;
    let altered = format!("{}{}", &live[..live.len() - 1], if live.ends_with('0') { '1' } else { '0' });
    let list = message("tools/list", json!({}));

    for token in [&revoked, &expired, &altered, "mgt_", "secret"] {
        let answer = visitor.post(Some(token), &list).send().await?;
        assert_eq!(answer.status(), 401, "{token}");
        assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
        assert_eq!(body(answer).await?["error"]["code"], "unauthorized");
    }
    let silent = visitor.post(None, &list).send().await?;
    assert_eq!(silent.status(), 401);
    assert_eq!(silent.headers()[WWW_AUTHENTICATE], "Bearer");
    let basic = visitor.post(None, &list).basic_auth("viewer", Some(&live)).send().await?;
    assert_eq!(basic.status(), 401);
    let answer = visitor.post(Some(&live), &list).send().await?;
    assert_eq!(answer.status(), 200);
    let listed = body(answer).await?;
    assert_eq!(listed["result"]["cacheScope"], "private", "what is listed depends on who asks");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn nobody_calls_a_tool_without_a_token_and_a_viewer_only_those_that_it_sees() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let visitor = Visitor::of(&platform)?;
    let viewer = platform.token(Role::Viewer).await?;
    let visible = platform.agent(Role::Viewer, Era::Current).await?.tools().await?;
    for tool in platform.agent(Role::Editor, Era::Current).await?.tools().await? {
        for arguments in [json!({}), json!({ "spider": "dvf" })] {
            let call = message("tools/call", json!({ "name": tool.name, "arguments": arguments }));
            assert_eq!(visitor.post(None, &call).send().await?.status(), 401, "{}", tool.name);
            let answer = visitor.post(Some(&viewer), &call).send().await?;
            let seen = visible.iter().any(|visible| visible.name == tool.name);
            assert_eq!(answer.status() == 403, !seen, "{}", tool.name);
            if !seen {
                let challenge = answer.headers()[WWW_AUTHENTICATE].to_str()?.to_owned();
                assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"editor\"");
                assert_eq!(body(answer).await?["error"]["code"], "forbidden");
            }
            // The previous era names the tool in its body alone: the tool itself says no.
            let parameters = json!({ "name": tool.name, "arguments": arguments });
            let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters });
            let answer = body(visitor.post(Some(&viewer), &call).send().await?).await?;
            let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
            let forbidden = text.ends_with("[forbidden]") && answer["result"]["isError"] == true;
            assert_eq!(forbidden, !seen, "{}: {answer}", tool.name);
        }
    }
    assert_eq!(platform.app.store.recent_runs(1).await?, Vec::<i64>::new());
    for (method, path, status) in [
        (Method::GET, "/healthz", 200),
        (Method::GET, "/mcp", 401),
        (Method::POST, "/mcp", 401),
        (Method::DELETE, "/mcp", 401),
        (Method::OPTIONS, "/mcp", 401),
        (Method::GET, "/", 404),
        (Method::GET, "/.env", 404),
    ] {
        let answer = visitor.request(method.clone(), path, None).send().await?;
        assert_eq!(answer.status(), status, "{method} {path}");
    }
    assert_eq!(visitor.request(Method::GET, "/healthz", None).send().await?.text().await?, "ok");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn foreign_pages_and_foreign_names_are_turned_away() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let visitor = Visitor::of(&platform)?;
    let token = platform.token(Role::Editor).await?;
    let list = message("tools/list", json!({}));
    for origin in ["http://evil.example", "null", "https://localhost.evil.example", "http://127.0.0.1.nip.io"]
    {
        let answer = visitor.post(Some(&token), &list).header(ORIGIN, origin).send().await?;
        assert_eq!(answer.status(), 403, "{origin}");
    }
    for host in ["evil.example", "127.0.0.1.nip.io", "localhost.evil.example:8080"] {
        let answer = visitor.post(Some(&token), &list).header(HOST, host).send().await?;
        assert_eq!(answer.status(), 403, "{host}");
    }
    let own = visitor.post(Some(&token), &list).header(ORIGIN, "http://localhost:8080").send().await?;
    assert_eq!(own.status(), 200);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_stream_is_not_offered_and_a_body_beyond_the_cap_is_not_read() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let visitor = Visitor::of(&platform)?;
    let token = platform.token(Role::Editor).await?;
    let accept = "text/event-stream";
    let stream = visitor.request(Method::GET, "/mcp", Some(&token)).header("Accept", accept).send().await?;
    assert_eq!(stream.status(), 405);

    let padded = |padding: usize| {
        let mut list = message("tools/list", json!({}));
        list["params"]["_meta"]["padding"] = "x".repeat(padding).into();
        list
    };
    let cap = 4 << 20;
    let answer = visitor.post(Some(&token), &padded(cap - 2_000)).send().await?;
    assert_eq!(answer.status(), 200);
    let answer = visitor.post(Some(&token), &padded(cap + 1)).send().await?;
    assert_eq!(answer.status(), 413);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn both_eras_are_greeted_by_the_same_server() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let visitor = Visitor::of(&platform)?;
    let token = platform.token(Role::Viewer).await?;
    let discovered =
        body(visitor.post(Some(&token), &message("server/discover", json!({}))).send().await?).await?;
    let initialized = body(visitor.post(Some(&token), &initialize()).send().await?).await?;
    assert_eq!(initialized["result"]["protocolVersion"], "2025-11-25", "{initialized}");
    assert_eq!(initialized["result"]["serverInfo"]["name"], "mg-data-mcp", "{initialized}");
    let server = &discovered["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(server["name"], "mg-data-mcp", "{discovered}");
    let versions = discovered["result"]["supportedVersions"].as_array().cloned().unwrap_or_default();
    assert!(versions.contains(&json!("2026-07-28")), "{discovered}");
    for greeting in [discovered, initialized] {
        let instructions = greeting["result"]["instructions"].as_str().unwrap_or_default();
        assert!(instructions.contains("get_indicator"), "{greeting}");
    }
    platform.stop().await;
    Ok(())
}
