//! `get_run`: how a run stands.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use mg_core::{OpContext, RunId, Scope};
use mg_store::run::{ReadyTask, Run, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::App;
use super::super::log::RunLogLine;
use super::unknown_run;
use super::waits::{WaitReport, waits};
use crate::Problem;

/// Lines of its log that come with a run.
const LOG_LINES: i64 = 200;

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// How it stands; mapped while the tasks that were made of its list go on, skipped when what it needed failed or
    /// its branch was not chosen, cancelled when someone ended it or its run.
    #[schemars(extend("enum" = ["blocked", "ready", "running", "mapped", "succeeded", "failed", "skipped", "cancelled"]))]
    pub state: String,
    /// Why it was skipped: what it needed failed, its branch was not chosen, or its rule says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["upstream_failed", "not_chosen", "rule"]))]
    pub skipped_because: Option<String>,
    /// What it waits for while it is ready and nobody takes it; of a task over a list, what the first of its elements
    /// that are ready waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitReport>,
    /// How often it was begun.
    #[schemars(range(min = 0))]
    pub attempt: i32,
    /// Steps done, of `progress_total`; of a task over a list, how many of its elements are done with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_done: Option<i64>,
    /// Steps in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_total: Option<i64>,
    /// Of a task over a list: how many of its elements are in which state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, i64>,
    /// How long it took or has taken, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub seconds: Option<f64>,
    /// What it gave: counts of records read, new, revised and rejected for a crawl. What is no object, as the outputs
    /// of a task over a list, stands in it as `value`.
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
}

/// A run. To a token that is limited to communes it tells its state alone: what it was asked to
/// do, brought and said is about the whole territory.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunReport {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// What it runs.
    pub dag: String,
    /// How it stands; waiting for the end of an earlier run, queued until a worker takes its first task.
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// Whether it has ended: if not, ask again in a few seconds.
    pub finished: bool,
    /// Why it was made.
    #[schemars(extend("enum" = ["manual", "schedule", "data", "backfill"]))]
    pub cause: String,
    /// The instant of its schedule that it is for, RFC 3339; left out when it is for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instant: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time; left out when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// When its first task began, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// When it should have ended, RFC 3339; left out when its DAG sets no deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<String>,
    /// Hash of the definition that it started with: the DAG may be another since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition_hash: Option<String>,
    /// What it was asked to do: the arguments of the launch.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub parameters: Value,
    /// Its tasks, in order.
    pub tasks: Vec<TaskReport>,
    /// The last lines of its log.
    pub log: Vec<RunLogLine>,
}

/// The run of that id.
pub async fn get_run(ctx: &OpContext, app: &App, id: RunId) -> Result<RunReport, Problem> {
    let Some(run) = app.store.run(id).await? else {
        return Err(unknown_run(app, id).await?);
    };
    let whole = ctx.principal.scope == Scope::All;
    let tasks = app.store.run_tasks(id).await?;
    let waits = waits(app, id, &tasks).await?;
    let tasks = reports(tasks, waits, ctx.now(), whole);
    let log = if whole { app.store.run_log(id, LOG_LINES).await? } else { Vec::new() };
    Ok(report(run, tasks, log.into_iter().map(RunLogLine::from).collect(), whole))
}

fn report(run: Run, tasks: Vec<TaskReport>, log: Vec<RunLogLine>, whole: bool) -> RunReport {
    let text = |instant: Option<DateTime<Utc>>| instant.map(|instant| instant.to_rfc3339());
    RunReport {
        run_id: run.id,
        dag: run.dag,
        finished: run.finished_at.is_some(),
        state: run.state,
        cause: run.cause,
        instant: text(run.instant),
        requested_by: run.requested_by,
        cancelled_by: run.cancelled_by,
        created_at: run.created_at.to_rfc3339(),
        started_at: text(run.started_at),
        finished_at: text(run.finished_at),
        deadline_at: text(run.deadline_at),
        definition_hash: run.definition_hash,
        parameters: if whole { run.parameters } else { json!({}) },
        tasks,
        log,
    }
}

/// The tasks of a DAG, what was made of a list counted with the task that it was made of.
fn reports(
    tasks: Vec<Task>,
    waits: Vec<(ReadyTask, WaitReport)>,
    now: DateTime<Utc>,
    whole: bool,
) -> Vec<TaskReport> {
    let mut waits_for: HashMap<String, WaitReport> = HashMap::new();
    for (task, wait) in waits {
        waits_for.entry(task.parent.unwrap_or(task.name)).or_insert(wait);
    }
    let (instances, own): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| task.parent.is_some());
    let mut counts: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for Task { parent, state, .. } in instances {
        *counts.entry(parent.unwrap_or_default()).or_default().entry(state).or_default() += 1;
    }
    own.into_iter()
        .map(|task| {
            let instances = counts.remove(&task.name).unwrap_or_default();
            let waits_for = waits_for.remove(&task.name);
            TaskReport { waits_for, ..task_report(task, instances, now, whole) }
        })
        .collect()
}

fn task_report(task: Task, instances: BTreeMap<String, i64>, now: DateTime<Utc>, whole: bool) -> TaskReport {
    let total: i64 = instances.values().sum();
    let ended = |(state, _): &(&String, &i64)| {
        matches!(state.as_str(), "succeeded" | "failed" | "skipped" | "cancelled")
    };
    let done: i64 = instances.iter().filter(ended).map(|(_, count)| count).sum();
    TaskReport {
        seconds: seconds(&task, now),
        name: task.name,
        state: task.state,
        skipped_because: task.skipped_because,
        waits_for: None,
        attempt: task.attempt,
        progress_done: if total > 0 { Some(done) } else { task.progress_done },
        progress_total: if total > 0 { Some(total) } else { task.progress_total },
        instances,
        output: task.output.filter(|_| whole).map(as_object),
        metrics: task.metrics.filter(|_| whole),
        error_code: task.error_code,
        error: task.error.filter(|_| whole),
    }
}

/// An output as an object.
pub(super) fn as_object(output: Value) -> Value {
    if output.is_object() { output } else { json!({ "value": output }) }
}

/// How long a task took or has taken.
pub(super) fn seconds(task: &Task, now: DateTime<Utc>) -> Option<f64> {
    let end = task.finished_at.unwrap_or(now);
    task.started_at.map(|started| (end - started).num_milliseconds().max(0) as f64 / 1000.0)
}
