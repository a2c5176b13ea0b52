//! Runs: listed, shown, cancelled.

mod cancel;
mod list;
mod report;
mod rerun;
mod tasks;
mod waits;

pub use cancel::{CancelReport, cancel_run};
pub use list::{RunList, RunQuestion, RunSummary, list_runs};
use mg_core::RunId;
pub use report::{RunReport, TaskReport, get_run};
pub use rerun::{RerunReport, mark_task, retry_run};
pub use tasks::{AttemptReport, RunTasks, TaskDetail, get_run_tasks};
pub use waits::WaitReport;

use schemars::{Schema, SchemaGenerator, json_schema};

use super::App;
use crate::Problem;

/// Every state that a run can be in.
pub(super) const RUN_STATES: [&str; 6] = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"];

/// The schema of a list of them.
pub(crate) fn run_states_schema(_generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": RUN_STATES.len(), "items": { "type": "string", "enum": RUN_STATES } })
}

/// What is said of a run that there is not.
pub(super) async fn unknown_run(app: &App, id: RunId) -> Result<Problem, Problem> {
    let recent = app.store.recent_runs(5).await?;
    let recent: Vec<String> = recent.iter().map(i64::to_string).collect();
    let advice = if recent.is_empty() {
        "No run was ever asked for.".to_owned()
    } else {
        format!("The latest runs are {}.", recent.join(", "))
    };
    Ok(Problem::new("unknown_run", format!("There is no run {id}."), advice))
}
