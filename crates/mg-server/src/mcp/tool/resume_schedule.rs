//! `resume_schedule`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, PauseReport};

pub(super) struct ResumeSchedule;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Id of the schedule, as list_schedules gives it.
    #[schemars(example = 1, range(min = 1))]
    schedule_id: i64,
}

impl McpTool for ResumeSchedule {
    type Input = Input;
    type Output = PauseReport;
    const NAME: &'static str = "resume_schedule";
    const TITLE: &'static str = "Resume a schedule / Reprendre une planification";
    const DESCRIPTION: &'static str = "Lets a schedule that was paused start runs again. Instants that passed meanwhile are made up for as \
        the schedule says, by default by one run.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: true, open_world: false };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let report = app::resume_schedule(&ctx, &app, input.schedule_id).await?;
        let PauseReport { name, paused, changed } = &report;
        let state = if *paused { "paused" } else { "not paused" };
        let before = if *changed { "" } else { ", as it was before" };
        Answer::new(&report, format!("Schedule `{name}` is {state}{before}."))
    }
}
