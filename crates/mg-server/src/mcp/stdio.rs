//! The agents' face on standard input and output, for clients that start their servers.

use mg_core::OpContext;
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio_pipes;

use super::Agents;
use crate::Problem;
use crate::app::App;

/// Answers whoever started this process, as the principal of `ctx`, until the input ends.
///
/// Nothing else may be written to standard output meanwhile.
///
/// # Errors
///
/// When the client does not speak the protocol, or the connection breaks off.
pub async fn serve_stdio(app: App, ctx: OpContext) -> Result<(), Problem> {
    let broken = |what: String| {
        Problem::new(
            "stdio_broken",
            format!("The client and this server do not understand each other: {what}."),
            "`mg mcp` speaks the Model Context Protocol: it is started by an agent's client, not by hand.",
        )
    };
    let served = match Agents::new(app).on_behalf_of(ctx).serve(stdio_pipes()).await {
        Ok(served) => served,
        // A client that went away before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(broken(error.to_string())),
    };
    served.waiting().await.map(drop).map_err(|error| broken(error.to_string()))
}
