//! What the server says of itself.

use rmcp::model::{Implementation, InitializeResult, ServerCapabilities, ServerConfig};

const INSTRUCTIONS: &str = "Building permits, property sales and prices of Marne et Gondoire, an intercommunality \
of 20 communes east of Paris. For a figure, call list_kpis and get_indicator; for what is to come, forecast_kpi; for \
anything else, list_tables, describe_table and run_sql (PostgreSQL, read-only). Zones are INSEE codes or commune names; \
without one the whole territory is meant. Recent periods are provisional: say so when you quote them, and name the \
data edition. The resources mg://schema and mg://stats tell what is there and how fresh it is. Sources: SDES (Sitadel), \
DGFiP (DVF), INSEE.";

/// Name, instructions and what the server can do for a client of the current era.
pub(super) fn config() -> ServerConfig {
    let capabilities = ServerCapabilities::builder()
        .enable_tools()
        .enable_resources()
        .enable_resources_subscribe()
        .enable_prompts()
        .enable_completions()
        .enable_tasks()
        .build();
    ServerConfig::new(capabilities)
        .with_server_info(
            Implementation::new("mg-data-mcp", env!("CARGO_PKG_VERSION"))
                .with_title("Marne et Gondoire : données d'urbanisme / urban-planning data"),
        )
        .with_instructions(INSTRUCTIONS)
}

/// The same for a client that shakes hands: it can neither listen to resources, for that took a
/// session, nor follow tasks.
pub(super) fn for_previous_era(mut greeting: InitializeResult) -> InitializeResult {
    if let Some(resources) = greeting.capabilities.resources.as_mut() {
        resources.subscribe = None;
    }
    greeting.capabilities.extensions = None;
    greeting
}
