//! What the suite asks a server under test to have: tools, resources and prompts of given names
//! that answer given things.

#![expect(deprecated, reason = "the suite still asks for sampling, roots and logging")]

mod ask;
mod content;
mod input;
mod prompt;
mod resource;
mod tool;

use std::sync::Arc;

use mg_core::OpContext;
use mg_server::Pages;
use mg_server::app::App;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
    CompletionInfo, GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

/// The suite's fixtures. Their lists go through the product's pages.
#[derive(Clone)]
pub(crate) struct Fixtures {
    pages: Arc<Pages>,
}

impl Fixtures {
    /// Fixtures whose cursors are signed with the key of the app's database.
    pub(crate) fn new(app: &App) -> Self {
        Self { pages: Arc::new(Pages::new(app.store.clone())) }
    }
}

/// The principal that the door let in.
fn caller(context: &RequestContext<RoleServer>) -> Result<OpContext, ErrorData> {
    let parts = context.extensions.get::<axum::http::request::Parts>();
    let ctx = parts.and_then(|parts| parts.extensions.get::<OpContext>());
    ctx.cloned().ok_or_else(|| ErrorData::internal_error("nobody was let in", None))
}

impl ServerHandler for Fixtures {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_prompts()
            .enable_completions()
            .enable_logging()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("mg-conformance", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let page = self.pages.cut(&caller(&context)?, "tools/list", tool::all()?, request).await?;
        let mut listed = ListToolsResult::with_all_items(page.items).with_ttl_ms(1_000);
        listed.cache_scope = Some(CacheScope::Private);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        tool::call(request, &context).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let page = self.pages.cut(&caller(&context)?, "resources/list", resource::all(), request).await?;
        let mut listed = ListResourcesResult::with_all_items(page.items).with_ttl_ms(1_000);
        listed.cache_scope = Some(CacheScope::Private);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = resource::templates();
        let page = self.pages.cut(&caller(&context)?, "resources/templates/list", templates, request).await?;
        let mut listed = ListResourceTemplatesResult::with_all_items(page.items).with_ttl_ms(1_000);
        listed.cache_scope = Some(CacheScope::Public);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resource::read(&request.uri).map(ReadResourceResponse::from)
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        resource::read(&request.uri).map(drop)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        resource::read(&request.uri).map(drop)
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let page = self.pages.cut(&caller(&context)?, "prompts/list", prompt::all(), request).await?;
        let mut listed = ListPromptsResult::with_all_items(page.items).with_ttl_ms(1_000);
        listed.cache_scope = Some(CacheScope::Public);
        listed.next_cursor = page.next_cursor;
        Ok(listed)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompt::get(&request)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let cities = ["paris", "park", "party"].map(str::to_owned);
        let fitting = cities.into_iter().filter(|city| city.starts_with(&request.argument.value));
        let info = CompletionInfo::with_all_values(fitting.collect());
        info.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
    }

    async fn set_level(
        &self,
        _request: SetLevelRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }
}
