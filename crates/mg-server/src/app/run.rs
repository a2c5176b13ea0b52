//! `get_run`: how a run stands.

use mg_core::{OpContext, RunId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::Problem;

const LOG_LINES: i64 = 200;

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// blocked, ready, running, succeeded, failed or skipped.
    pub state: String,
    /// How often it was begun.
    pub attempt: i32,
    /// Steps done, of `progress_total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_done: Option<i64>,
    /// Steps in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_total: Option<i64>,
    /// How long it took or has taken, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Stable code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunLogLine {
    /// When, RFC 3339.
    pub at: String,
    /// The task that said it.
    pub task: String,
    /// info, warn or error.
    pub level: String,
    /// What it said.
    pub message: String,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunReport {
    /// Its id.
    pub run_id: i64,
    /// What it runs.
    pub dag: String,
    /// queued, running, succeeded or failed.
    pub state: String,
    /// Whether it has ended: if not, ask again in a few seconds.
    pub finished: bool,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// What it was asked to do.
    pub parameters: Value,
    /// Its tasks, in order.
    pub tasks: Vec<TaskReport>,
    /// The last lines of its log.
    pub log: Vec<RunLogLine>,
}

/// The run of that id.
pub async fn get_run(ctx: &OpContext, app: &App, id: RunId) -> Result<RunReport, Problem> {
    let Some(run) = app.store.run(id).await? else {
        let recent = app.store.recent_runs(5).await?;
        let recent: Vec<String> = recent.iter().map(i64::to_string).collect();
        let advice = if recent.is_empty() {
            "No run was ever asked for.".to_owned()
        } else {
            format!("The latest runs are {}.", recent.join(", "))
        };
        return Err(Problem::new("unknown_run", format!("There is no run {id}."), advice));
    };
    let now = ctx.now();
    let tasks = app.store.run_tasks(id).await?.into_iter().map(|task| TaskReport {
        seconds: task.started_at.map(|started| {
            (task.finished_at.unwrap_or(now) - started).num_milliseconds().max(0) as f64 / 1000.0
        }),
        name: task.name,
        state: task.state,
        attempt: task.attempt,
        progress_done: task.progress_done,
        progress_total: task.progress_total,
        output: task.output,
        error_code: task.error_code,
        error: task.error,
    });
    let tasks = tasks.collect();
    let log = app.store.run_log(id, LOG_LINES).await?.into_iter().map(|line| RunLogLine {
        at: line.at.to_rfc3339(),
        task: line.task,
        level: line.level,
        message: line.message,
    });
    Ok(RunReport {
        run_id: run.id,
        dag: run.dag,
        finished: run.finished_at.is_some(),
        state: run.state,
        requested_by: run.requested_by,
        created_at: run.created_at.to_rfc3339(),
        parameters: run.parameters,
        tasks,
        log: log.collect(),
    })
}
