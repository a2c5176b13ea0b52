//! `cancel_run`.

use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, CancelReport};

pub(super) struct CancelRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the run, as launch_scraper gives it.
    #[schemars(example = 1, range(min = 1))]
    run_id: i64,
}

impl McpTool for CancelRun {
    type Input = Input;
    type Output = CancelReport;
    const NAME: &'static str = "cancel_run";
    const TITLE: &'static str = "Cancel a run / Annuler une exécution";
    const DESCRIPTION: &'static str = "Ends a run that is queued or running: what waits is dropped, what is being \
        executed is told to stop. What it has loaded already stays, and loading it again changes nothing. Use it \
        for a launch that was a mistake or takes too long. Of a run that has ended nothing is changed, so asking \
        again does no harm.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: true, idempotent: true, open_world: false };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let report = app::cancel_run(&ctx, &app, RunId(input.run_id)).await?;
        let text = sentence(&report);
        Answer::new(&report, text)
    }
}

fn sentence(report: &CancelReport) -> String {
    let CancelReport { run_id, dag, state, changed, cancelled_by, cancelled_tasks } = report;
    let by = cancelled_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    if *changed {
        let tasks = cancelled_tasks.join(", ");
        return format!(
            "Run {run_id} of {dag} is {state}{by}. Tasks that did not come to their end: {tasks}."
        );
    }
    format!("Nothing was changed: run {run_id} of {dag} had ended before, it is {state}{by}.")
}
