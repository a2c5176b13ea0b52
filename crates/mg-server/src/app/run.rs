//! `get_run`: how a run stands, and `cancel_run`.

mod cancel;

pub use cancel::{CancelReport, cancel_run};

use mg_core::{OpContext, RunId, Scope};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::App;
use crate::Problem;

const LOG_LINES: i64 = 200;

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// How it stands; skipped when what it needed failed, cancelled when someone ended the run.
    #[schemars(extend("enum" = ["blocked", "ready", "running", "succeeded", "failed", "skipped", "cancelled"]))]
    pub state: String,
    /// How often it was begun.
    #[schemars(range(min = 0))]
    pub attempt: i32,
    /// Steps done, of `progress_total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_done: Option<i64>,
    /// Steps in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_total: Option<i64>,
    /// How long it took or has taken, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub seconds: Option<f64>,
    /// What it gave: counts of records read, new, revised and rejected for a crawl.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
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
    /// How it is meant.
    #[schemars(extend("enum" = ["info", "warn", "error"]))]
    pub level: String,
    /// What it said.
    pub message: String,
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
    /// How it stands.
    #[schemars(extend("enum" = ["queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// Whether it has ended: if not, ask again in a few seconds.
    pub finished: bool,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time; left out when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// What it was asked to do: the arguments of the launch.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    pub parameters: Value,
    /// Its tasks, in order.
    pub tasks: Vec<TaskReport>,
    /// The last lines of its log.
    pub log: Vec<RunLogLine>,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub run_id: i64,
    /// What it runs.
    pub dag: String,
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// What it was asked to do.
    pub parameters: Value,
}

/// The latest `limit` runs, newest first.
pub async fn list_runs(ctx: &OpContext, app: &App, limit: u32) -> Result<Vec<RunSummary>, Problem> {
    let whole = ctx.principal.scope == Scope::All;
    let runs = app.store.latest_runs(i64::from(limit)).await?.into_iter();
    Ok(runs
        .map(|run| RunSummary {
            run_id: run.id,
            dag: run.dag,
            state: run.state,
            requested_by: run.requested_by,
            cancelled_by: run.cancelled_by,
            created_at: run.created_at.to_rfc3339(),
            parameters: if whole { run.parameters } else { json!({}) },
        })
        .collect())
}

/// The run of that id.
pub async fn get_run(ctx: &OpContext, app: &App, id: RunId) -> Result<RunReport, Problem> {
    let Some(run) = app.store.run(id).await? else {
        return Err(unknown_run(app, id).await?);
    };
    let now = ctx.now();
    let whole = ctx.principal.scope == Scope::All;
    let tasks = app.store.run_tasks(id).await?.into_iter().map(|task| TaskReport {
        seconds: task.started_at.map(|started| {
            (task.finished_at.unwrap_or(now) - started).num_milliseconds().max(0) as f64 / 1000.0
        }),
        name: task.name,
        state: task.state,
        attempt: task.attempt,
        progress_done: task.progress_done,
        progress_total: task.progress_total,
        output: task.output.filter(|_| whole),
        error_code: task.error_code,
        error: task.error.filter(|_| whole),
    });
    let tasks = tasks.collect();
    let log = if whole { app.store.run_log(id, LOG_LINES).await? } else { Vec::new() };
    let log = log.into_iter().map(|line| RunLogLine {
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
        cancelled_by: run.cancelled_by,
        created_at: run.created_at.to_rfc3339(),
        parameters: if whole { run.parameters } else { json!({}) },
        tasks,
        log: log.collect(),
    })
}

/// What is said of a run that there is not.
async fn unknown_run(app: &App, id: RunId) -> Result<Problem, Problem> {
    let recent = app.store.recent_runs(5).await?;
    let recent: Vec<String> = recent.iter().map(i64::to_string).collect();
    let advice = if recent.is_empty() {
        "No run was ever asked for.".to_owned()
    } else {
        format!("The latest runs are {}.", recent.join(", "))
    };
    Ok(Problem::new("unknown_run", format!("There is no run {id}."), advice))
}
