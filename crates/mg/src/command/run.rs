//! `mg run`: the runs of DAGs.

mod list;
mod logs;
mod report;

use std::process::ExitCode;

use mg_core::RunId;
use mg_server::app::{cancel_run, get_run, get_run_tasks, mark_task, retry_run};
use mg_store::run::{Mark, Rerun};
use serde_json::json;

use crate::cli::RunCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show;

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &RunCommand, json: bool) -> anyhow::Result<ExitCode> {
    let access = match command {
        RunCommand::Cancel { .. } | RunCommand::Retry { .. } | RunCommand::Mark { .. } => Access::Borrow,
        RunCommand::List { .. } | RunCommand::Show { .. } | RunCommand::Logs { .. } => Access::Read,
    };
    let platform = Platform::open(config, "mg run", access).await?;
    let answered = answer(&platform, command, json).await;
    platform.close().await?;
    answered?;
    Ok(ExitCode::SUCCESS)
}

async fn answer(platform: &Platform, command: &RunCommand, json: bool) -> anyhow::Result<()> {
    let (ctx, app) = (platform.operator(), &platform.app);
    match command {
        RunCommand::List { dag, state, since, limit } => {
            list::print(&ctx, app, dag.as_deref(), state, since.as_deref(), *limit, json).await
        }
        RunCommand::Show { id } => {
            let run = get_run(&ctx, app, RunId(*id)).await?;
            let tasks = get_run_tasks(&ctx, app, RunId(*id)).await?;
            if json { show::json(&whole(&run, &tasks)?) } else { report::print(&run, &tasks) }
        }
        RunCommand::Logs { id: Some(id), follow: true, filter } => {
            logs::follow(&ctx, app, RunId(*id), filter, json).await
        }
        RunCommand::Logs { id: Some(id), follow: false, filter } => {
            logs::print_run(&ctx, app, RunId(*id), filter, json).await
        }
        RunCommand::Logs { id: None, follow: _, filter } => logs::print_all(&ctx, app, filter, json).await,
        RunCommand::Cancel { id } => {
            let cancelled = cancel_run(&ctx, app, RunId(*id)).await?;
            if json { show::json(&cancelled) } else { report::print_cancelled(&cancelled) }
        }
        RunCommand::Retry { id, all, task } => {
            let what = match (task, all) {
                (Some(task), _) => Rerun::Task(task.clone()),
                (None, true) => Rerun::All,
                (None, false) => Rerun::Failed,
            };
            let retried = retry_run(&ctx, app, RunId(*id), &what).await?;
            if json { show::json(&retried) } else { report::print_changed(&retried) }
        }
        RunCommand::Mark { id, task, state } => {
            let marked = mark_task(&ctx, app, RunId(*id), task, mark(state)?).await?;
            if json { show::json(&marked) } else { report::print_changed(&marked) }
        }
    }
}

fn mark(state: &str) -> anyhow::Result<Mark> {
    Ok(match state {
        "succeeded" => Mark::Succeeded,
        "failed" => Mark::Failed,
        "cancelled" => Mark::Cancelled,
        other => anyhow::bail!("a task is marked succeeded, failed or cancelled, and not {other}"),
    })
}

/// A run with its tasks in full in the place of the short ones.
fn whole(
    run: &mg_server::app::RunReport,
    tasks: &mg_server::app::RunTasks,
) -> anyhow::Result<serde_json::Value> {
    let mut whole = json!(run);
    whole["tasks"] = json!(tasks.tasks);
    whole["writes"] = json!(tasks.writes);
    Ok(whole)
}
