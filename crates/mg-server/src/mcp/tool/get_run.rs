//! `get_run`.

use std::fmt::Write;

use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, RunReport, TaskReport};

pub(super) struct GetRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the run, as launch_scraper gives it.
    #[schemars(example = 1, range(min = 1))]
    run_id: i64,
}

impl McpTool for GetRun {
    type Input = Input;
    type Output = RunReport;
    const NAME: &'static str = "get_run";
    const TITLE: &'static str = "Follow a run / Suivre une exécution";
    const DESCRIPTION: &'static str = "Tells how a run stands: state, tasks with progress, what they brought, errors \
        and log. Use it after launch_scraper, every few seconds until `finished` is true.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let run = app::get_run(&ctx, &app, RunId(input.run_id)).await?;
        let text = account(&run);
        Answer::new(&run, text)
    }
}

fn account(run: &RunReport) -> String {
    let more = if run.finished { "" } else { " Not finished: ask again in a few seconds." };
    let by = run.cancelled_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let mut text = format!("Run {} of {}: {}{by}.{more}\n", run.run_id, run.dag, run.state);
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
        _ => String::new(),
    };
    format!("- {}: {}{progress}{error}\n", task.name, task.state)
}
