//! `remove_schedule`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, RemovalReport};

pub(super) struct RemoveSchedule;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the schedule, as list_schedules gives it.
    #[schemars(example = 1, range(min = 1))]
    schedule_id: i64,
}

impl McpTool for RemoveSchedule {
    type Input = Input;
    type Output = RemovalReport;
    const NAME: &'static str = "remove_schedule";
    const TITLE: &'static str = "Remove a schedule / Supprimer une planification";
    const DESCRIPTION: &'static str = "Removes a schedule that was made at run time. Its runs and its history stay. A schedule that a DAG's own \
        code gives cannot be removed: pause it. Use it for what schedule_spider made and nobody needs any more.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: true, idempotent: false, open_world: false };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let report = app::remove_schedule(&ctx, &app, input.schedule_id).await?;
        let RemovalReport { schedule_id, name } = &report;
        let text = format!("Schedule {schedule_id} `{name}` is removed; its runs stay.");
        Answer::new(&report, text)
    }
}
