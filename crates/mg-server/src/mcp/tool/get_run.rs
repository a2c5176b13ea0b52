//! `get_run`.

use std::fmt::Write;
use std::time::Duration;

use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::progress::{self, Progress};
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, RunReport, TaskReport, WaitReport};

/// Longest wait: below the 30 s after which common clients give up.
const LONGEST_WAIT_S: u32 = 25;

pub(super) struct GetRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the run, as launch_scraper gives it.
    #[schemars(example = 1, range(min = 1))]
    run_id: i64,
    /// Wait so many seconds for the run's end before answering; 0 answers at once.
    #[serde(default)]
    #[schemars(range(max = 25), example = 20)]
    wait_seconds: u32,
}

impl McpTool for GetRun {
    type Input = Input;
    type Output = RunReport;
    const NAME: &'static str = "get_run";
    const TITLE: &'static str = "Follow a run / Suivre une exécution";
    const DESCRIPTION: &'static str = "Tells how a run stands: state, tasks with progress, what they wait for, what they \
        brought, errors and log. Use it after launch_scraper until `finished` is true; with wait_seconds it answers as soon as the run ends.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        if input.wait_seconds > LONGEST_WAIT_S {
            return Err(Problem::new(
                "bad_arguments",
                format!("wait_seconds is at most {LONGEST_WAIT_S}, and not {}.", input.wait_seconds),
                "Call get_run again when the run has not ended by then.",
            ));
        }
        let patience = Duration::from_secs(u64::from(input.wait_seconds));
        let run = app::wait_for_run(&ctx, &app, RunId(input.run_id), patience, tell).await?;
        let text = account(&run);
        Answer::new(&run, text)
    }
}

/// Tells a client that follows the call how many of the run's tasks have ended.
fn tell(run: &RunReport) {
    let part = |task: &TaskReport| match (task.state.as_str(), task.progress_done, task.progress_total) {
        ("succeeded" | "failed" | "skipped" | "cancelled", ..) => 1.0,
        (_, Some(done), Some(total)) if total > 0 => (done as f64 / total as f64).clamp(0.0, 0.99),
        _ => 0.0,
    };
    progress::report(Progress {
        done: run.tasks.iter().map(part).sum(),
        total: run.tasks.len() as f64,
        message: format!("Run {} is {}.", run.run_id, run.state),
    });
}

/// How a run stands, as a text.
pub(in crate::mcp) fn account(run: &RunReport) -> String {
    let more = if run.finished { "" } else { " Not finished: ask again in a few seconds." };
    let by = run.cancelled_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let due = run.deadline_at.as_ref().map(|due| format!(" Due by {due}.")).unwrap_or_default();
    let hash = run.definition_hash.as_ref().map(|hash| format!(" (definition {hash})")).unwrap_or_default();
    let mut text = format!("Run {} of {}{hash}: {}{by}.{more}{due}\n", run.run_id, run.dag, run.state);
    for task in &run.tasks {
        text.push_str(&task_line(task));
    }
    for line in &run.log {
        writeln!(text, "  {} {}: {}", line.level, line.task, line.message)
            .expect("writing into a string does not fail");
    }
    text
}

fn task_line(task: &TaskReport) -> String {
    let progress = match (task.progress_done, task.progress_total) {
        (Some(done), Some(total)) => format!(", {done} of {total}"),
        _ => String::new(),
    };
    let error = match (&task.error_code, &task.error) {
        (Some(code), Some(error)) => format!(" — {error} [{code}]"),
        (Some(code), None) => format!(" [{code}]"),
        _ => String::new(),
    };
    let waits = match &task.waits_for {
        Some(WaitReport { message, advice: Some(advice), .. }) => format!(" — {message} {advice}"),
        Some(WaitReport { message, advice: None, .. }) => format!(" — {message}"),
        None => String::new(),
    };
    format!("- {}: {}{progress}{error}{waits}\n", task.name, task.state)
}
