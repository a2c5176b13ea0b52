//! An agent: the MCP client of the Rust SDK, over HTTP, in the era that a test asks for.

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::ProtocolVersion;
use rmcp::model::{CallToolRequestParams, ClientConfig, Tool};
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientLifecycleMode, ClientServiceExt, RoleClient};
use serde_json::Value;

/// Which revision of the protocol a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2026-07-28: no handshake, each request stands alone.
    Current,
    /// 2025-11-25 and before: `initialize` first.
    Previous,
}

/// A connected client.
pub struct Agent {
    service: RunningService<RoleClient, ClientConfig>,
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub struct ToolAnswer {
    /// The structured content, or null.
    pub structured: Value,
    /// The text.
    pub text: String,
    /// The pictures beside it: media type and content.
    pub pictures: Vec<(String, Vec<u8>)>,
    /// Whether it is an error.
    pub is_error: bool,
}

impl Agent {
    /// Connects to an MCP endpoint.
    pub async fn connect(url: &str, token: &str, era: Era) -> anyhow::Result<Self> {
        let config = StreamableHttpClientTransportConfig::with_uri(url.to_owned()).auth_header(token);
        let transport = StreamableHttpClientTransport::from_config(config);
        let lifecycle = match era {
            Era::Current => {
                ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
            }
            Era::Previous => ClientLifecycleMode::Initialize,
        };
        let service = ClientConfig::default().serve_with_lifecycle(transport, lifecycle).await;
        Ok(Self { service: service.context("connecting to the MCP endpoint")? })
    }

    /// Every tool that the token may see.
    pub async fn tools(&self) -> anyhow::Result<Vec<Tool>> {
        Ok(self.service.list_all_tools().await?)
    }

    /// Calls a tool with a JSON object.
    pub async fn call(&self, tool: &str, arguments: Value) -> anyhow::Result<ToolAnswer> {
        let Value::Object(arguments) = arguments else {
            bail!("arguments are an object");
        };
        let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let result = self.service.call_tool(request).await?;
        let texts = result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str());
        let pictures = result.content.iter().filter_map(|block| block.as_image());
        let pictures = pictures.map(|image| Ok((image.mime_type.clone(), STANDARD.decode(&image.data)?)));
        Ok(ToolAnswer {
            pictures: pictures.collect::<anyhow::Result<_>>()?,
            text: texts.collect::<Vec<_>>().join("\n"),
            structured: result.structured_content.unwrap_or(Value::Null),
            is_error: result.is_error.unwrap_or(false),
        })
    }
}
