//! `retry_run` and `mark_task`: doing a run or a part of it once more, and ending a task by hand.

use mg_core::{OpContext, Role, RunId};
use mg_store::run::{Mark, Rerun, Touched};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{App, require};
use super::unknown_run;
use crate::Problem;

/// What a change to a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RerunReport {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// What it runs.
    pub dag: String,
    /// How it stands now.
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// Whether this call changed anything.
    pub changed: bool,
    /// The tasks that it touched: of a retry, those that are done once more.
    pub tasks: Vec<String>,
}

/// Does a run once more: from what failed on, all of it, or one task with all that follows it; an editor's. The run
/// keeps the definition that it started with. What of it is running is taken from its worker.
///
/// # Errors
///
/// `unknown_run`, `unknown_task`, and `run_waits` for a run that has not begun.
pub async fn retry_run(ctx: &OpContext, app: &App, id: RunId, what: &Rerun) -> Result<RerunReport, Problem> {
    require(ctx, Role::Editor)?;
    let touched = app.store.rerun(id, what, &ctx.principal.name).await?;
    let task = match what {
        Rerun::Task(name) => name,
        Rerun::All | Rerun::Failed => "",
    };
    report(ctx, app, id, task, touched).await
}

/// Ends a task of a run by hand, or lets it count as ended otherwise; an editor's. What was skipped because of how it
/// had ended is decided anew.
///
/// # Errors
///
/// As [`retry_run`].
pub async fn mark_task(
    ctx: &OpContext,
    app: &App,
    id: RunId,
    task: &str,
    mark: Mark,
) -> Result<RerunReport, Problem> {
    require(ctx, Role::Editor)?;
    let touched = app.store.mark_task(id, task, mark, &ctx.principal.name).await?;
    report(ctx, app, id, task, touched).await
}

async fn report(
    ctx: &OpContext,
    app: &App,
    id: RunId,
    task: &str,
    touched: Touched,
) -> Result<RerunReport, Problem> {
    let tasks = match touched {
        Touched::Tasks(names) => names,
        Touched::Nothing => Vec::new(),
        Touched::UnknownRun => return Err(unknown_run(app, id).await?),
        Touched::UnknownTask => {
            let tasks = app.store.run_tasks(id).await?;
            let names = tasks.iter().map(|task| task.name.as_str());
            return Err(Problem::unknown("task", task, names, "get_run"));
        }
        Touched::Waiting => {
            let message = format!("Run {id} waits for an earlier run and has not begun.");
            return Err(Problem::new("run_waits", message, "Wait for it to begin, or cancel it."));
        }
    };
    let Some(run) = app.store.run(id).await? else {
        return Err(unknown_run(app, id).await?);
    };
    let changed = !tasks.is_empty();
    tracing::info!(run = %id, by = ctx.principal.name, tasks = tasks.len(), "run changed by hand");
    Ok(RerunReport { run_id: run.id, dag: run.dag, state: run.state, changed, tasks })
}
