//! `retry_run`.

use mg_core::{OpContext, Role, RunId};
use mg_store::run::Rerun;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, RerunReport};

pub(super) struct RetryRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the run.
    #[schemars(example = 1, range(min = 1))]
    run_id: i64,
    /// What is done once more: what failed or was cancelled with what was to follow it, or all of the run.
    #[serde(default)]
    #[schemars(example = &"failed")]
    what: What,
    /// One task by its name, with all that follows it, in the place of what.
    #[schemars(example = &"indicateurs")]
    task: Option<String>,
}

impl McpTool for RetryRun {
    type Input = Input;
    type Output = RerunReport;
    const NAME: &'static str = "retry_run";
    const TITLE: &'static str = "Retry a run / Relancer une exécution";
    const DESCRIPTION: &'static str = "Does a run once more, from what failed on, as a whole, or one task with all that follows it. What \
        succeeded before what failed is kept. Use it when the cause is gone: a portal that was down, a file that came late. \
        Where nothing failed, nothing is changed.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: true, idempotent: false, open_world: true };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let what = match (input.task, input.what) {
            (Some(task), _) => Rerun::Task(task),
            (None, What::Failed) => Rerun::Failed,
            (None, What::All) => Rerun::All,
        };
        let report = app::retry_run(&ctx, &app, RunId(input.run_id), &what).await?;
        let RerunReport { run_id, dag, state, changed, tasks } = &report;
        let text = if *changed {
            format!("Run {run_id} of {dag} is {state} again; done once more: {}.", tasks.join(", "))
        } else {
            format!("Nothing was changed: nothing failed in run {run_id} of {dag}, it is {state}.")
        };
        Answer::new(&report, text)
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    #[default]
    Failed,
    All,
}
