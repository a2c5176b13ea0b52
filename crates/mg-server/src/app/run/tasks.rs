//! `get_run_tasks`: every task of a run in full, each time that it was begun, and what it wrote.

use std::collections::{BTreeMap, HashMap};

use mg_core::{OpContext, RunId, Scope};
use mg_store::run::{Attempt, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::App;
use super::super::lineage::TableWriteReport;
use super::report::{as_object, seconds};
use super::unknown_run;
use super::waits::{WaitReport, waits};
use crate::Problem;

/// One time that a task was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptReport {
    /// Which attempt, from 1.
    #[schemars(range(min = 1))]
    pub attempt: i32,
    /// The process that executed it.
    pub worker: String,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// When it ended, RFC 3339; left out while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// How it ended: retried when it failed and was begun anew, lost with its process, handed back by a process that
    /// stopped, cleared or marked by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["succeeded", "failed", "retried", "lost", "handed_back", "cancelled", "cleared",
                                "marked", "mapped"]))]
    pub outcome: Option<String>,
    /// Stable code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A task of a run, in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskDetail {
    /// Its name.
    pub name: String,
    /// The job that executes it.
    pub job: String,
    /// A job, a job that chooses a branch, or a job done for each element of a list.
    #[schemars(extend("enum" = ["job", "branch", "map"]))]
    pub kind: String,
    /// The task whose list it was made of; left out when it stands in the DAG itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The tasks that it waits for.
    pub after: Vec<String>,
    /// The pool that it takes a slot of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// How it stands.
    #[schemars(extend("enum" = ["blocked", "ready", "running", "mapped", "succeeded", "failed", "skipped", "cancelled"]))]
    pub state: String,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["upstream_failed", "not_chosen", "rule"]))]
    pub skipped_because: Option<String>,
    /// What it waits for while it is ready and nobody takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitReport>,
    /// How often it failed of itself.
    #[schemars(range(min = 0))]
    pub failures: i32,
    /// How often it is begun anew after that.
    #[schemars(range(min = 0))]
    pub retries: i32,
    /// How long its last attempt took or has taken, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub seconds: Option<f64>,
    /// What it gave; what is no object stands in it as `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub output: Option<Value>,
    /// Figures of its work: rows read, written and rejected, bytes, pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub metrics: Option<Value>,
    /// Stable code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Each time that it was begun, oldest first.
    pub attempts: Vec<AttemptReport>,
}

/// The tasks of a run, in full. A token that is limited to communes is told neither outputs nor figures nor
/// sentences: they are about the whole territory.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunTasks {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// Its tasks, in order; what was made of a list stands behind the task that it was made of.
    pub tasks: Vec<TaskDetail>,
    /// The tables that they wrote, oldest first.
    pub writes: Vec<TableWriteReport>,
}

/// Every task of the run of that id.
pub async fn get_run_tasks(ctx: &OpContext, app: &App, id: RunId) -> Result<RunTasks, Problem> {
    if app.store.run(id).await?.is_none() {
        return Err(unknown_run(app, id).await?);
    }
    let whole = ctx.principal.scope == Scope::All;
    let mut attempts: HashMap<String, Vec<AttemptReport>> = HashMap::new();
    for attempt in app.store.run_attempts(id).await? {
        attempts.entry(attempt.task.clone()).or_default().push(attempt_report(attempt, whole));
    }
    let tasks = app.store.run_tasks(id).await?;
    let waits = waits(app, id, &tasks).await?.into_iter();
    let mut waits: HashMap<String, WaitReport> = waits.map(|(task, wait)| (task.name, wait)).collect();
    let tasks = tasks.into_iter().map(|task| TaskDetail {
        seconds: seconds(&task, ctx.now()),
        waits_for: waits.remove(&task.name),
        attempts: attempts.remove(&task.name).unwrap_or_default(),
        ..detail(task, whole)
    });
    let tasks = tasks.collect();
    let writes = app.store.run_writes(id).await?.into_iter();
    let writes = writes.map(|write| TableWriteReport::of(write, whole)).collect();
    Ok(RunTasks { run_id: id.0, tasks, writes })
}

fn detail(task: Task, whole: bool) -> TaskDetail {
    TaskDetail {
        name: task.name,
        job: task.job,
        kind: task.kind,
        parent: task.parent,
        after: task.after,
        pool: task.pool,
        state: task.state,
        skipped_because: task.skipped_because,
        waits_for: None,
        failures: task.failures,
        retries: task.retries,
        seconds: None,
        output: task.output.filter(|_| whole).map(as_object),
        metrics: task.metrics.filter(|_| whole),
        error_code: task.error_code,
        error: task.error.filter(|_| whole),
        attempts: Vec::new(),
    }
}

fn attempt_report(attempt: Attempt, whole: bool) -> AttemptReport {
    AttemptReport {
        attempt: attempt.attempt,
        worker: attempt.worker,
        started_at: attempt.started_at.to_rfc3339(),
        finished_at: attempt.finished_at.map(|instant| instant.to_rfc3339()),
        outcome: attempt.outcome,
        error_code: attempt.error_code,
        error: attempt.error.filter(|_| whole),
    }
}
