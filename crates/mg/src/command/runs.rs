//! `mg runs`: the latest runs, or one in full; `--cancel` ends it.

use std::process::ExitCode;

use mg_core::RunId;
use mg_server::app::{CancelReport, RunReport, RunSummary, cancel_run, get_run, list_runs};

use crate::cli::RunsArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Lists runs, shows one or cancels it.
pub(super) async fn run(config: &Config, arguments: &RunsArgs, json: bool) -> anyhow::Result<ExitCode> {
    let access = if arguments.cancel { Access::Borrow } else { Access::Read };
    let platform = Platform::open(config, "mg runs", access).await?;
    let shown = show_runs(&platform, arguments, json).await;
    platform.close().await?;
    shown?;
    Ok(ExitCode::SUCCESS)
}

async fn show_runs(platform: &Platform, arguments: &RunsArgs, json: bool) -> anyhow::Result<()> {
    let (ctx, app) = (platform.operator(), &platform.app);
    match arguments.id.map(RunId) {
        Some(id) if arguments.cancel => {
            let report = cancel_run(&ctx, app, id).await?;
            if json { show::json(&report) } else { print_cancelled(&report) }
        }
        Some(id) => {
            let report = get_run(&ctx, app, id).await?;
            if json { show::json(&report) } else { print_run(&report) }
        }
        None => {
            let runs = list_runs(&ctx, app, arguments.limit).await?;
            if json { show::json(&runs) } else { print_list(&runs) }
        }
    }
}

fn print_list(runs: &[RunSummary]) -> anyhow::Result<()> {
    let mut table = show::table(&["Id", "DAG", "État / state", "Par / by", "Demandé / asked"], &[0]);
    for run in runs {
        let RunSummary { run_id, dag, state, requested_by, created_at, .. } = run;
        table.add_row([&run_id.to_string(), dag, state, requested_by, created_at]);
    }
    show::print(table)
}

fn print_run(run: &RunReport) -> anyhow::Result<()> {
    let by = run.cancelled_by.as_ref().map(|name| format!(" par / by {name}")).unwrap_or_default();
    outln!("Run {} ({}): {}{by}", run.run_id, run.dag, run.state);
    for task in &run.tasks {
        let error = task.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        outln!("  {:<12} {}{error}", task.name, task.state);
    }
    for line in &run.log {
        outln!("  {} {} {}: {}", line.at, line.level, line.task, line.message);
    }
    Ok(())
}

fn print_cancelled(report: &CancelReport) -> anyhow::Result<()> {
    let words = if report.changed { "annulé / cancelled" } else { "déjà terminé / had ended before" };
    outln!("Run {}: {words} ({})", report.run_id, report.state);
    Ok(())
}
