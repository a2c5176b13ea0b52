//! `schedule_spider`: a spider that runs by the clock.

use mg_core::{OpContext, Role};

use super::super::launch::{CrawlOrder, crawl_asked_for};
use super::super::{App, require};
use super::{ScheduleOrder, ScheduleSummary, TimetableOrder, add_schedule};
use crate::Problem;

/// The DAG that runs one spider.
const DAG: &str = "collecte";

/// A spider that is to run by the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpiderSchedule {
    /// The schedule's name; without it, one is made of the spider and the timetable.
    pub name: Option<String>,
    /// The spider.
    pub spider: String,
    /// One file of its portal; without it, all that the territory needs.
    pub url: Option<String>,
    /// The edition to read, `YYYY-MM`; without it, the latest.
    pub edition: Option<String>,
    /// When it runs.
    pub timetable: TimetableOrder,
}

/// Lets a spider run by the clock, KPIs and forecasts after it; an editor's. Asked for twice without a name it is
/// refused the second time, for there is one by that name.
///
/// # Errors
///
/// As [`add_schedule`], and what launch_scraper refuses.
pub async fn schedule_spider(
    ctx: &OpContext,
    app: &App,
    order: SpiderSchedule,
) -> Result<ScheduleSummary, Problem> {
    require(ctx, Role::Editor)?;
    let SpiderSchedule { name, spider, url, edition, timetable } = order;
    let parameters = crawl_asked_for(
        ctx,
        app,
        CrawlOrder { spider: &spider, url: url.as_deref(), edition: edition.as_deref(), accept_fall: false },
    )?;
    let name = name.unwrap_or_else(|| {
        let said = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        format!("{} {} {}", spider.trim(), said(&timetable.cron), said(&timetable.zone)).trim().to_owned()
    });
    add_schedule(ctx, app, ScheduleOrder { name, dag: DAG.to_owned(), parameters, timetable }).await
}
