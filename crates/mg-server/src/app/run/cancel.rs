//! `cancel_run`: ending a run before its time.

use mg_core::{OpContext, Role, RunId};
use mg_store::run::Cancelled;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{App, require};
use super::unknown_run;
use crate::Problem;

/// What cancelling a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CancelReport {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// What it ran.
    pub dag: String,
    /// How it stands now: cancelled, or how it had ended before.
    #[schemars(extend("enum" = ["succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// True when this call ended the run; false when it had ended before and is as it was.
    pub changed: bool,
    /// Who cancelled it; left out when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// Names of the tasks that did not come to their end.
    pub cancelled_tasks: Vec<String>,
}

/// Ends the run of that id; an editor's. What has been loaded stays. Of a run that has ended
/// already nothing is changed, so asking again does no harm.
pub async fn cancel_run(ctx: &OpContext, app: &App, id: RunId) -> Result<CancelReport, Problem> {
    require(ctx, Role::Editor)?;
    let cancelled = app.store.cancel_run(id, &ctx.principal.name).await?;
    let Some(run) = app.store.run(id).await? else {
        return Err(unknown_run(app, id).await?);
    };
    let changed = cancelled == Cancelled::Now;
    tracing::info!(run = %id, by = ctx.principal.name, changed, "run cancelled");
    let tasks = app.store.run_tasks(id).await?;
    let unended = tasks.into_iter().filter(|task| task.state == "cancelled").map(|task| task.name);
    Ok(CancelReport {
        run_id: run.id,
        dag: run.dag,
        state: run.state,
        changed,
        cancelled_by: run.cancelled_by,
        cancelled_tasks: unended.collect(),
    })
}
