//! `mg dag`: what there is to run.

mod backfill;
mod check;
mod report;
mod run;

use std::process::ExitCode;

use mg_core::{OpContext, RunId};
use mg_server::app::{App, Drawing, draw_dag, draw_run, get_dag, list_dags, pause_dag, resume_dag};
use serde_json::json;

use super::schedule::report::print_paused;
use crate::cli::DagCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show;

pub(super) use run::finish;

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &DagCommand, json: bool) -> anyhow::Result<ExitCode> {
    let access = match command {
        DagCommand::Check => return check::run(json),
        DagCommand::Run { dag, parameters } => return run::run(config, dag, parameters, json).await,
        DagCommand::List | DagCommand::Show { .. } | DagCommand::Graph { .. } => Access::Read,
        DagCommand::Pause { .. } | DagCommand::Resume { .. } | DagCommand::Backfill { .. } => Access::Borrow,
    };
    let platform = Platform::open(config, "mg dag", access).await?;
    let answered = answer(&platform.operator(), &platform.app, command, json).await;
    platform.close().await?;
    answered?;
    Ok(ExitCode::SUCCESS)
}

async fn answer(ctx: &OpContext, app: &App, command: &DagCommand, json: bool) -> anyhow::Result<()> {
    match command {
        DagCommand::List => {
            let dags = list_dags(ctx, app).await?.dags;
            if json { show::json(&dags) } else { report::print_list(&dags) }
        }
        DagCommand::Show { dag } => {
            let found = get_dag(ctx, app, dag).await?;
            if json { show::json(&found) } else { report::print(&found) }
        }
        DagCommand::Pause { dag } => {
            let paused = pause_dag(ctx, app, dag).await?;
            if json { show::json(&paused) } else { print_paused(&paused) }
        }
        DagCommand::Resume { dag } => {
            let paused = resume_dag(ctx, app, dag).await?;
            if json { show::json(&paused) } else { print_paused(&paused) }
        }
        DagCommand::Backfill { dag, from, until, width, dry_run } => {
            let asked = backfill::Asked { schedule: dag, from, until: until.as_deref(), width: *width };
            backfill::run(ctx, app, &asked, *dry_run, json).await
        }
        DagCommand::Graph { dag, run, format } => {
            let drawing = Drawing::named(format)?;
            let graph = match (run, dag) {
                (Some(run), _) => draw_run(ctx, app, RunId(*run), drawing).await?,
                (None, dag) => draw_dag(ctx, app, dag.as_deref().unwrap_or_default(), drawing)?,
            };
            if json { show::json(&json!({ "format": format, "graph": graph })) } else { show::print(graph) }
        }
        DagCommand::Check | DagCommand::Run { .. } => Ok(()),
    }
}
