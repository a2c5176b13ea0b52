//! The interface for programs: what every operation owes, whatever it does.

mod document;
mod errors;
mod runs;

use anyhow::{Context, ensure};
use mg_core::Role;
use mg_testkit::TestPlatform;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// A program with a token.
pub(crate) struct Program {
    client: Client,
    url: String,
    token: String,
}

impl Program {
    /// With a fresh token of that role.
    pub(crate) async fn of(platform: &TestPlatform, role: Role) -> anyhow::Result<Self> {
        Self::with_token(platform, platform.token(role).await?)
    }

    /// With that token.
    pub(crate) fn with_token(platform: &TestPlatform, token: String) -> anyhow::Result<Self> {
        Ok(Self { client: Client::builder().no_proxy().build()?, url: platform.url().to_owned(), token })
    }

    /// A request to a path under `/api/v1`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token)
    }

    /// What a path answers that must answer.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        told(self.request(Method::GET, path).send().await?).await
    }

    /// What a path answers to a body, that must answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        told(self.request(Method::POST, path).json(body).send().await?).await
    }

    /// The problem of a path that must refuse, with its status.
    pub(crate) async fn refused(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        problem(self.request(Method::GET, path).send().await?).await
    }
}

async fn told(answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).context(text)
}

/// A refusal, which has the form of RFC 9457.
pub(crate) async fn problem(answer: Response) -> anyhow::Result<(u16, Value)> {
    let status = answer.status();
    let media = answer.headers()["Content-Type"].to_str()?.to_owned();
    let text = answer.text().await?;
    ensure!(status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE, "{status}: {text}");
    ensure!(media == "application/problem+json", "{media}: {text}");
    let problem: Value = serde_json::from_str(&text).context(text)?;
    ensure!(problem["status"] == status.as_u16() && problem["type"] == "about:blank", "{problem}");
    for said in ["title", "detail", "code", "advice"] {
        ensure!(problem[said].as_str().is_some_and(|text| !text.is_empty()), "{said}: {problem}");
    }
    Ok((status.as_u16(), problem))
}
