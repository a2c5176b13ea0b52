//! The agents' face: the Model Context Protocol.
//!
//! [`Agents`] answers each request by one module: tools, resources, prompts, completions, tasks
//! and subscriptions. A principal sees the tools that its role may call and no others. Whatever
//! takes time ends with its request: a client that goes away drops the work, down to the
//! statement in the database.

mod completion;
mod failure;
mod greeting;
mod page;
mod progress;
mod prompt;
mod resource;
mod stdio;
mod subscription;
mod table;
mod task;
mod tool;

use std::future::Future;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use mg_core::OpContext;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
    CompleteRequestParams, CompleteResult, ContentBlock, DiscoverResult, GetPromptRequestParams,
    GetPromptResponse, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerConfig,
    SubscriptionFilter, Tool, UpdateTaskParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::Serialize;
use serde_json::json;

use crate::Problem;
use crate::app::{self, App};
use failure::failure;
use subscription::Watch;
use tool::{Answer, AnyTool};

pub use page::{Listed, Page, Pages};
pub use stdio::serve_stdio;
pub(crate) use tool::missing_role;

/// How long a client may keep a list, milliseconds.
const LIST_TTL_MS: u64 = 300_000;

/// The MCP server `mg-data-mcp`. A clone is cheap: one serves each request.
#[derive(Clone)]
pub struct Agents {
    app: App,
    tools: Arc<[AnyTool]>,
    pages: Arc<Pages>,
    watch: Watch,
    /// Who asks where no HTTP request tells it: over standard input.
    standing: Option<OpContext>,
}

impl Agents {
    /// The server over `app`.
    pub fn new(app: App) -> Self {
        let pages = Arc::new(Pages::new(app.store.clone()));
        let watch = Watch::new(app.store.clone());
        Self { tools: tool::all().into(), pages, watch, app, standing: None }
    }

    /// With pages of `size` items in its lists.
    #[must_use]
    pub fn with_page_size(self, size: usize) -> Self {
        Self { pages: Arc::new(Pages::new(self.app.store.clone()).with_size(size)), ..self }
    }

    /// For one principal, whose every request this is.
    pub(crate) fn on_behalf_of(self, ctx: OpContext) -> Self {
        Self { standing: Some(ctx), ..self }
    }

    fn visible(&self, ctx: &OpContext) -> Vec<Tool> {
        let allowed = self.tools.iter().filter(|tool| ctx.principal.role >= tool.role);
        allowed.map(|tool| tool.declaration.clone()).collect()
    }

    /// Who asks, as the HTTP layer found out.
    fn caller(&self, context: &RequestContext<RoleServer>) -> Result<OpContext, ErrorData> {
        let parts = context.extensions.get::<Parts>();
        let ctx = parts.and_then(|parts| parts.extensions.get::<OpContext>()).or(self.standing.as_ref());
        ctx.cloned().ok_or_else(|| ErrorData::internal_error("the request carries no principal", None))
    }

    fn tool(&self, name: &str) -> Result<&AnyTool, ErrorData> {
        self.tools.iter().find(|tool| tool.declaration.name == name).ok_or_else(|| {
            let shown: String = name.chars().take(60).collect();
            let message = format!("There is no tool named `{shown}`; tools/list lists them.");
            ErrorData::invalid_params(message, Some(json!({ "code": "unknown_tool" })))
        })
    }

    /// Does work that no tool does, within the limits of calls and written in their book.
    async fn counted<T: Serialize>(
        &self,
        ctx: &OpContext,
        method: &str,
        asked: String,
        work: impl Future<Output = Result<T, ErrorData>>,
    ) -> Result<T, ErrorData> {
        let call = self.app.calls.begin(ctx, method, Some(asked)).map_err(|problem| failure(&problem))?;
        let outcome = work.await;
        match &outcome {
            Ok(answer) => call.succeed(None, serde_json::to_vec(answer).map_or(0, |text| text.len())),
            Err(error) => call.fail(&Problem::new(failure::code(error), error.message.as_ref(), "")),
        }
        outcome
    }

    async fn run_tool(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let ctx = self.caller(context)?;
        let tool = match self.tool(&request.name) {
            Ok(tool) => tool,
            // Recorded too: who tries names out is seen in the book.
            Err(error) => {
                let asked = request.name.into_owned();
                let refused = self.counted::<CallToolResult>(&ctx, "tools/call", asked, async { Err(error) });
                return refused.await.map(CallToolResponse::from);
            }
        };
        let name = tool.declaration.name.as_ref();
        let arguments = request.arguments.unwrap_or_default();
        let call = match self.app.calls.begin(&ctx, name, tool::request_text(&arguments)) {
            Ok(call) => call,
            Err(problem) => return Ok(render(Err(problem)).into()),
        };
        let work = tool.call(ctx.clone(), self.app.clone(), arguments);
        let outcome = progress::told(context, name, work).await;
        match &outcome {
            Ok(answer) => call.succeed(answer.rows(), answer.size_bytes()),
            Err(problem) => call.fail(problem),
        }
        let knows_tasks = context.client_capabilities().is_some_and(|client| client.supports_tasks());
        match outcome {
            Ok(answer) if knows_tasks && task::is_task(name) => {
                let task = task::create(&ctx, &self.app, name, &answer).await;
                task.map(CallToolResponse::from).map_err(|problem| failure(&problem))
            }
            outcome => Ok(render(outcome).into()),
        }
    }
}

impl ServerHandler for Agents {
    fn get_info(&self) -> ServerConfig {
        greeting::config()
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request).map(greeting::for_previous_era)
    }

    async fn discover(&self, _context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        let mut discovered = DiscoverResult::from_server_info(versions, self.get_info());
        // The same for everybody, until the server is updated.
        discovered.cache_scope = CacheScope::Public;
        discovered.ttl_ms = LIST_TTL_MS;
        Ok(discovered)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let page = self.pages.cut(&ctx, "tools/list", self.visible(&ctx), request).await?;
        // What is listed depends on who asks.
        let listed = ListToolsResult::with_all_items(page.items).with_ttl_ms(LIST_TTL_MS);
        let mut listed = listed.with_cache_scope(CacheScope::Private);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let resources = resource::list(&ctx, &self.app).await.map_err(|problem| failure(&problem))?;
        let page = self.pages.cut(&ctx, "resources/list", resources, request).await?;
        // Read through use cases, which answer each principal for itself.
        let listed = ListResourcesResult::with_all_items(page.items).with_ttl_ms(LIST_TTL_MS);
        let mut listed = listed.with_cache_scope(CacheScope::Private);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let page = self.pages.cut(&ctx, "resources/templates/list", resource::templates(), request).await?;
        let mut listed = ListResourceTemplatesResult::with_all_items(page.items).with_ttl_ms(LIST_TTL_MS);
        // Forms of addresses, the same for everybody; but a cursor is one principal's own.
        listed.cache_scope = Some(shared_unless(page.next_cursor.is_some()));
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let page = self.pages.cut(&ctx, "prompts/list", prompt::list(), request).await?;
        let mut listed = ListPromptsResult::with_all_items(page.items).with_ttl_ms(LIST_TTL_MS);
        listed.cache_scope = Some(shared_unless(page.next_cursor.is_some()));
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tool(name).ok().map(|tool| tool.declaration.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        while_wanted(&context, self.run_tool(request, &context)).await
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let ctx = self.caller(&context)?;
        let work = resource::read(&ctx, &self.app, &request.uri);
        let work = self.counted(&ctx, "resources/read", request.uri.clone(), work);
        while_wanted(&context, work).await.map(ReadResourceResponse::from)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let ctx = self.caller(&context)?;
        let asked = serde_json::to_string(&(&request.name, &request.arguments)).unwrap_or_default();
        let work = prompt::get(&ctx, &self.app, request);
        let work = self.counted(&ctx, "prompts/get", asked, work);
        while_wanted(&context, work).await.map(GetPromptResponse::from)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let asked = serde_json::to_string(&(&request.r#ref, &request.argument)).unwrap_or_default();
        let work = completion::complete(&ctx, &self.app, request);
        while_wanted(&context, self.counted(&ctx, "completion/complete", asked, work)).await
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(subscription::accepted(requested))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let ctx = self.caller(context.request_context())?;
        let named = context.requested().resource_subscriptions.clone().unwrap_or_default().join(" ");
        // A stream may stay for hours: what is counted and recorded is that it was asked for.
        self.counted(&ctx, "subscriptions/listen", named, async { Ok(()) }).await?;
        tokio::select! {
            ended = self.watch.listen(&ctx, context) => ended,
            () = app::until_shut_out(&ctx, &self.app) => {
                Err(ErrorData::invalid_request("The token of this stream has ended.", None))
            }
        }
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let ctx = self.caller(&context)?;
        let work = task::get(&ctx, &self.app, &request.task_id);
        self.counted(&ctx, "tasks/get", request.task_id.clone(), work).await
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let ctx = self.caller(&context)?;
        let work = task::update(&ctx, &self.app, &request.task_id);
        self.counted(&ctx, "tasks/update", request.task_id.clone(), work).await
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let ctx = self.caller(&context)?;
        let work = task::cancel(&ctx, &self.app, &request.task_id);
        self.counted(&ctx, "tasks/cancel", request.task_id.clone(), work).await
    }
}

/// Does the work until its request is cancelled or its client has gone; then drops it.
async fn while_wanted<T>(
    context: &RequestContext<RoleServer>,
    work: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
    tokio::select! {
        outcome = work => outcome,
        () = context.ct.cancelled() => Err(ErrorData::internal_error("The request was cancelled.", None)),
    }
}

/// Who may keep a list that is the same for everybody.
fn shared_unless(has_cursor: bool) -> CacheScope {
    if has_cursor { CacheScope::Private } else { CacheScope::Public }
}

fn render(outcome: Result<Answer, Problem>) -> CallToolResult {
    match outcome {
        Ok(answer) => {
            let picture = answer.png.map(|png| ContentBlock::image(STANDARD.encode(png), "image/png"));
            let content = std::iter::once(ContentBlock::text(answer.text)).chain(picture).collect();
            let mut result = CallToolResult::success(content);
            result.structured_content = Some(answer.structured);
            result
        }
        Err(problem) => {
            let text = format!("{} [{}]", problem, problem.code);
            CallToolResult::error(vec![ContentBlock::text(text)])
        }
    }
}
