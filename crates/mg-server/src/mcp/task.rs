//! The extension `io.modelcontextprotocol/tasks`: a launched run, followed as a task.
//!
//! A client that declares the extension gets a task for a launch in the place of the
//! run's id. The task is a row that points to the run and is bound to the principal: with
//! another token its id is as unknown as one that was never given. How it stands is read from
//! the run each time, so a restart of the service, or another replica, changes nothing.

use chrono::TimeDelta;
use mg_core::{OpContext, RunId};
use mg_store::agent_task::AgentTask;
use rand::TryRng;
use rand::rngs::SysRng;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResult, ContentBlock, CreateTaskResult, DetailedTask, GetTaskResult, JsonObject, Task,
    TaskPayload, TaskStatus,
};
use serde_json::Value;

use super::failure;
use super::tool::{Answer, account};
use crate::Problem;
use crate::app::{self, App, RunReport};

/// The tools whose calls become tasks.
const TOOLS: [&str; 2] = ["launch_scraper", "launch_dag"];
/// How long a task is kept.
const KEPT: TimeDelta = TimeDelta::days(1);
/// How often a client should ask, milliseconds.
const POLL_INTERVAL_MS: i32 = 2_000;

/// Whether a call of `tool` becomes a task where the client knows tasks.
pub(super) fn is_task(tool: &str) -> bool {
    TOOLS.contains(&tool)
}

/// Makes a task of a call that answered with the run that it started.
pub(super) async fn create(
    ctx: &OpContext,
    app: &App,
    tool: &str,
    answer: &Answer,
) -> Result<CreateTaskResult, Problem> {
    let run_id = answer.structured.get("run_id").and_then(Value::as_i64);
    let run_id = run_id.ok_or_else(|| {
        Problem::new("internal", format!("{tool} answered without the id of its run."), "Report it.")
    })?;
    let created_at = ctx.now();
    let task = AgentTask {
        id: fresh_id()?,
        principal: ctx.principal.name.clone(),
        token_id: ctx.principal.token,
        run_id,
        tool: tool.to_owned(),
        answer: answer.structured.clone(),
        created_at,
        expires_at: created_at + KEPT,
        poll_interval_ms: POLL_INTERVAL_MS,
    };
    app.store.add_agent_task(&task).await?;
    let run = app::get_run(ctx, app, RunId(run_id)).await?;
    Ok(CreateTaskResult::new(base(&task, &run)))
}

/// How a task stands.
///
/// # Errors
///
/// `-32602` for a task that is not the principal's, or is kept no longer.
pub(super) async fn get(ctx: &OpContext, app: &App, id: &str) -> Result<GetTaskResult, ErrorData> {
    let (task, run) = find(ctx, app, id).await?;
    let payload = match run.state.as_str() {
        "succeeded" | "failed" => TaskPayload::Completed { result: result(&task, &run)? },
        "cancelled" => TaskPayload::Cancelled,
        _ => TaskPayload::Working,
    };
    Ok(GetTaskResult::new(DetailedTask::new(base(&task, &run), payload)))
}

/// Takes answers to questions that a task asked. No task of ours asks any, so there is nothing
/// to take; whether there is such a task is told all the same.
pub(super) async fn update(ctx: &OpContext, app: &App, id: &str) -> Result<(), ErrorData> {
    find(ctx, app, id).await.map(drop)
}

/// Ends the run of a task before its time.
///
/// # Errors
///
/// As [`get`].
pub(super) async fn cancel(ctx: &OpContext, app: &App, id: &str) -> Result<(), ErrorData> {
    let (task, _) = find(ctx, app, id).await?;
    app::cancel_run(ctx, app, RunId(task.run_id)).await.map(drop).map_err(|problem| failure(&problem))
}

async fn find(ctx: &OpContext, app: &App, id: &str) -> Result<(AgentTask, RunReport), ErrorData> {
    let found = app.store.agent_task(id, &ctx.principal.name, ctx.principal.token, ctx.now()).await;
    let task = found.map_err(|error| failure(&error.into()))?.ok_or_else(|| {
        ErrorData::invalid_params("There is no task of that id, or it is kept no longer.", None)
    })?;
    let run = app::get_run(ctx, app, RunId(task.run_id)).await.map_err(|problem| failure(&problem))?;
    Ok((task, run))
}

fn base(task: &AgentTask, run: &RunReport) -> Task {
    let ended = run
        .tasks
        .iter()
        .filter(|step| matches!(step.state.as_str(), "succeeded" | "failed" | "skipped" | "cancelled"));
    let message =
        format!("Run {} is {}: {} of {} steps ended.", run.run_id, run.state, ended.count(), run.tasks.len());
    let changed = run.log.last().map_or(&run.created_at, |line| &line.at);
    let status = match run.state.as_str() {
        "cancelled" => TaskStatus::Cancelled,
        _ if run.finished => TaskStatus::Completed,
        _ => TaskStatus::Working,
    };
    let told = Task::new(&task.id, status, task.created_at.to_rfc3339(), changed)
        .with_status_message(message)
        .with_ttl_ms(u64::try_from((task.expires_at - task.created_at).num_milliseconds()).unwrap_or(0));
    told.with_poll_interval_ms(u64::try_from(task.poll_interval_ms).unwrap_or(0))
}

/// What the call would have answered, had it waited for the run's end.
fn result(task: &AgentTask, run: &RunReport) -> Result<JsonObject, ErrorData> {
    let mut structured = task.answer.clone();
    structured["state"] = Value::String(run.state.clone());
    let text = vec![ContentBlock::text(account(run))];
    let mut result =
        if run.state == "succeeded" { CallToolResult::success(text) } else { CallToolResult::error(text) };
    result.structured_content = Some(structured);
    match serde_json::to_value(result) {
        Ok(Value::Object(result)) => Ok(result),
        _ => Err(ErrorData::internal_error("the task's result could not be written", None)),
    }
}

/// 256 random bits: an id that nobody guesses.
fn fresh_id() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        Problem::new("no_randomness", format!("The system gave no random bytes: {error}."), "Try again.")
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
