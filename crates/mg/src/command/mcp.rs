//! `mg mcp`: the agents' face on standard input and output.

use std::process::ExitCode;
use std::sync::Arc;

use mg_core::{Face, OpContext, Principal, Role};
use mg_server::{Problem, authenticate, serve_stdio};

use super::service;
use crate::cli::McpArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};

/// Answers whoever started this until the input ends, beside a running service or alone.
pub(super) async fn run(config: &Config, arguments: &McpArgs) -> anyhow::Result<ExitCode> {
    let stop = service::stop_signal()?;
    let access = match arguments {
        McpArgs { role: Role::Viewer, token_env: None } => Access::Read,
        _ => Access::Borrow,
    };
    let platform = Platform::open(config, "mg mcp", access).await?;
    let served = tokio::select! {
        served = serve(&platform, arguments) => served,
        // How some clients end their servers.
        () = stop.cancelled() => Ok(()),
    };
    platform.close().await?;
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(platform: &Platform, arguments: &McpArgs) -> anyhow::Result<()> {
    let principal = principal(platform, arguments).await?;
    let executes = principal.role >= Role::Editor && !platform.attached;
    let worker = if executes { Some(platform.start_worker().await?) } else { None };
    let ctx = OpContext::new(principal, Face::Mcp, Arc::clone(&platform.clock));
    let served = serve_stdio(platform.app.clone(), ctx).await;
    if let Some(worker) = worker {
        worker.stop().await;
    }
    Ok(served?)
}

/// Whoever starts this on the machine may read its data folder, and so needs no token; one that
/// is given decides all the same.
async fn principal(platform: &Platform, arguments: &McpArgs) -> Result<Principal, Problem> {
    let Some(name) = &arguments.token_env else {
        return Ok(Principal { role: arguments.role, ..Principal::operator() });
    };
    let Ok(secret) = std::env::var(name) else {
        return Err(Problem::new(
            "token_missing",
            format!("The environment variable {name} holds no token."),
            "Set it in the client's configuration (`env`), or leave --token-env out.",
        ));
    };
    let found = authenticate(&platform.app, secret.trim(), platform.clock.now()).await?;
    found.ok_or_else(|| {
        Problem::new(
            "unauthorized",
            format!("The token in {name} is no live one."),
            "The operator makes one with `mg token create`.",
        )
    })
}
