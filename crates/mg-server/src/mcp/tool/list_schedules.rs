//! `list_schedules`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, ScheduleList, ScheduleSummary};

pub(super) struct ListSchedules;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

impl McpTool for ListSchedules {
    type Input = Input;
    type Output = ScheduleList;
    const NAME: &'static str = "list_schedules";
    const TITLE: &'static str = "List schedules / Lister les planifications";
    const DESCRIPTION: &'static str = "Lists the schedules: those of the DAGs' own code and those made at run time, with timetable, next and \
        last instant, and who paused them. Use it to tell when data come, or to find the id that pause_schedule and \
        remove_schedule take.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Input) -> Result<Answer, Problem> {
        let list = app::list_schedules(&ctx, &app).await?;
        let lines: String = list.schedules.iter().map(line).collect();
        let text = format!("{} schedules:\n{lines}", list.schedules.len());
        Answer::new(&list, text)
    }
}

fn line(schedule: &ScheduleSummary) -> String {
    let ScheduleSummary { schedule_id, name, dag, origin, cron, zone, paused_by, next_instant, .. } =
        schedule;
    let next = match (paused_by, next_instant) {
        (Some(by), _) => format!("paused by {by}"),
        (None, Some(next)) => format!("next {next}"),
        (None, None) => "no instant left".to_owned(),
    };
    let starts = schedule.starts_at.as_ref().map(|start| format!(", from {start}")).unwrap_or_default();
    let ends = schedule.ends_at.as_ref().map(|end| format!(", until {end}")).unwrap_or_default();
    format!("- {schedule_id} `{name}` ({origin}): {dag} at `{cron}` ({zone}){starts}{ends}, {next}\n")
}
