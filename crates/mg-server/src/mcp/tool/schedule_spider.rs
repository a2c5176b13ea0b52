//! `schedule_spider`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, ScheduleSummary, SpiderSchedule, TimetableOrder};

pub(super) struct ScheduleSpider;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the spider, as list_spiders gives it.
    #[schemars(example = &"sitadel")]
    spider: String,
    /// When it runs: minute, hour, day of the month, month, day of the week.
    #[schemars(example = &"0 6 * * 1")]
    cron: String,
    /// The IANA zone in which cron is meant; Europe/Paris when left out.
    #[schemars(example = &"Europe/Paris")]
    zone: Option<String>,
    /// URL of one file of the spider's portal, on its own host. Without it, all that the territory needs.
    #[schemars(example = &"https://files.data.gouv.fr/geo-dvf/latest/csv/2025/communes/77/77243.csv")]
    url: Option<String>,
    /// The edition (millésime) to read, YYYY-MM. Without it, the latest each time.
    #[schemars(example = &"2026-10")]
    edition: Option<String>,
    /// Name of the schedule; without it, one is made of spider and timetable.
    #[schemars(example = &"sitadel chaque lundi")]
    name: Option<String>,
}

impl McpTool for ScheduleSpider {
    type Input = Input;
    type Output = ScheduleSummary;
    const NAME: &'static str = "schedule_spider";
    const TITLE: &'static str = "Schedule a spider / Planifier une collecte";
    const DESCRIPTION: &'static str = "Lets a spider run by the clock, KPIs and forecasts after it, until the schedule is paused or removed. \
        Missed instants are made up for by one run; while a run goes on, the next is left out. Use it when fresh data are \
        wanted regularly; launch_scraper runs once. Clocks that change are kept right: 06:00 stays 06:00.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: true, open_world: true };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let Input { spider, cron, zone, url, edition, name } = input;
        let timetable = TimetableOrder { cron: Some(cron), zone, ..TimetableOrder::default() };
        let order = SpiderSchedule { name, spider, url, edition, timetable };
        let made = app::schedule_spider(&ctx, &app, order).await?;
        let ScheduleSummary { schedule_id, name, cron, zone, next_instant, .. } = &made;
        let next = next_instant.as_deref().unwrap_or("never");
        let text = format!("Schedule {schedule_id} `{name}` runs at `{cron}` ({zone}), next {next}.");
        Answer::new(&made, text)
    }
}
