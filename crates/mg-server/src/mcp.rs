//! The agents' face: the Model Context Protocol.
//!
//! [`tool::all`] is the table of contents. A principal sees the tools that its role may call
//! and no others.

mod argument;
mod schema;
mod table;
mod tool;

use std::sync::Arc;

use http::request::Parts;
use mg_core::OpContext;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

use crate::Problem;
use crate::app::App;
use tool::{Answer, AnyTool};

/// How long a client may keep the list of tools.
const TOOLS_TTL_MS: u64 = 300_000;

const INSTRUCTIONS: &str = "Building permits, property sales and prices of Marne et Gondoire, an intercommunality \
of 20 communes east of Paris. For a figure, call list_kpis and get_indicator; for what is to come, forecast_kpi; for \
anything else, list_tables, describe_table and run_sql (PostgreSQL, read-only). Zones are INSEE codes or commune names; \
without one the whole territory is meant. Recent periods are provisional: say so when you quote them, and name the \
data edition. Sources: SDES (Sitadel), DGFiP (DVF), INSEE.";

/// The MCP server `mg-data-mcp`. A clone is cheap: one serves each request.
#[derive(Clone)]
pub(crate) struct Agents {
    app: App,
    tools: Arc<[AnyTool]>,
}

impl Agents {
    pub(crate) fn new(app: App) -> Self {
        Self { app, tools: tool::all().into() }
    }

    fn visible(&self, ctx: &OpContext) -> Vec<Tool> {
        let allowed = self.tools.iter().filter(|tool| ctx.principal.role >= tool.role);
        allowed.map(|tool| tool.declaration.clone()).collect()
    }
}

impl ServerHandler for Agents {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(
                Implementation::new("mg-data-mcp", env!("CARGO_PKG_VERSION"))
                    .with_title("Marne et Gondoire : données d'urbanisme / urban-planning data"),
            )
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let ctx = caller(&context)?;
        let mut result = ListToolsResult::with_all_items(self.visible(&ctx));
        // What is listed depends on who asks.
        result.cache_scope = Some(CacheScope::Private);
        result.ttl_ms = Some(TOOLS_TTL_MS);
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let ctx = caller(&context)?;
        let Some(tool) = self.tools.iter().find(|tool| tool.declaration.name == request.name) else {
            let message = format!("There is no tool named `{}`; tools/list lists them.", request.name);
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let asked = tool::request_text(&arguments);
        let call = match self.app.calls.begin(&ctx, &tool.declaration.name, asked) {
            Ok(call) => call,
            Err(problem) => return Ok(render(Err(problem)).into()),
        };
        let outcome = tool.call(ctx, self.app.clone(), arguments).await;
        match &outcome {
            Ok(answer) => call.succeed(answer.rows(), answer.size_bytes()),
            Err(problem) => call.fail(problem),
        }
        Ok(render(outcome).into())
    }
}

/// Who asks, as the HTTP layer found out.
fn caller(context: &RequestContext<RoleServer>) -> Result<OpContext, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    let ctx = parts.and_then(|parts| parts.extensions.get::<OpContext>());
    ctx.cloned().ok_or_else(|| ErrorData::internal_error("the request carries no principal", None))
}

fn render(outcome: Result<Answer, Problem>) -> CallToolResult {
    match outcome {
        Ok(answer) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
            result.structured_content = Some(answer.structured);
            result
        }
        Err(problem) => {
            let text = format!("{} [{}]", problem, problem.code);
            CallToolResult::error(vec![ContentBlock::text(text)])
        }
    }
}
