//! `mg stats`: how the calls of agents went.

use std::process::ExitCode;

use mg_server::app::call_statistics;

use crate::cli::StatsArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Longest request shown.
const REQUEST_CHARS: usize = 60;

/// Prints count, failures and durations by tool.
pub(super) async fn run(config: &Config, arguments: &StatsArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg stats", Access::Read).await?;
    let found = call_statistics(&platform.operator(), &platform.app, arguments.hours).await;
    platform.close().await?;
    let found = found?;
    if json {
        show::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        outln!("No agent called within {} h.", arguments.hours);
        return Ok(ExitCode::SUCCESS);
    }
    let headers = ["Tool", "Calls", "Failed", "Mean ms", "p95 ms", "Slowest ms", "The slowest asked"];
    let mut table = show::table(&headers, &[1, 2, 3, 4, 5]);
    for tool in found {
        table.add_row([
            tool.tool,
            tool.calls.to_string(),
            tool.failed.to_string(),
            format!("{:.1}", tool.mean_ms),
            format!("{:.1}", tool.p95_ms),
            format!("{:.1}", tool.slowest_ms),
            tool.slowest_request.unwrap_or_default().chars().take(REQUEST_CHARS).collect(),
        ]);
    }
    show::print(table)?;
    Ok(ExitCode::SUCCESS)
}
