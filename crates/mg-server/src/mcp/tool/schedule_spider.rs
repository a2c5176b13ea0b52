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
    /// No run before this: RFC 3339, or a day as 2026-12-01.
    #[schemars(example = &"2026-12-01")]
    starts_at: Option<String>,
    /// No run after this: RFC 3339, or a day as 2027-06-30, which is the last. Without it, until it is paused or removed.
    #[schemars(example = &"2027-06-30")]
    ends_at: Option<String>,
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
        let Input { spider, cron, zone, url, edition, starts_at, ends_at, name } = input;
        let starts_at = starts_at.map(|text| app::parse_beginning(&ctx, &text)).transpose()?;
        let ends_at = ends_at.map(|text| app::parse_end(&ctx, &text)).transpose()?;
        let timetable =
            TimetableOrder { cron: Some(cron), zone, starts_at, ends_at, ..TimetableOrder::default() };
        let order = SpiderSchedule { name, spider, url, edition, timetable };
        let made = app::schedule_spider(&ctx, &app, order).await?;
        let ScheduleSummary { schedule_id, name, cron, zone, next_instant, .. } = &made;
        let next = next_instant.as_deref().unwrap_or("never");
        let ends = made.ends_at.as_ref().map(|end| format!(", and not after {end}")).unwrap_or_default();
        let text = format!("Schedule {schedule_id} `{name}` runs at `{cron}` ({zone}), next {next}{ends}.");
        Answer::new(&made, text)
    }
}
