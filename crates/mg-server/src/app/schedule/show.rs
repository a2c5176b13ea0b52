//! `get_schedule`: a schedule in full, with what became of it.

use mg_core::{OpContext, Scope};
use mg_flow::Schedule;
use mg_store::run::RunFilter;
use mg_store::schedule::ScheduleId;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{App, RunSummary};
use super::{ScheduleSummary, stored};
use crate::Problem;

/// How many instants to come are told.
const UPCOMING: usize = 10;
/// How many runs and skips are told.
const LATEST: i64 = 20;

/// Something that became of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScheduleStep {
    /// What became of it.
    #[schemars(extend("enum" = ["made", "changed", "paused", "resumed", "removed"]))]
    pub what: String,
    /// The version that it had from then on.
    #[schemars(range(min = 1))]
    pub version: i32,
    /// Its cron expression from then on.
    pub cron: String,
    /// Its zone from then on.
    pub zone: String,
    /// By whom.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
}

/// Instants that got no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SkippedInstants {
    /// The first, RFC 3339.
    pub first: String,
    /// The last, RFC 3339.
    pub last: String,
    /// Why: an earlier run had not ended, nobody was there, they were too old to catch up, the schedule was changed,
    /// or no run could be made.
    #[schemars(extend("enum" = ["overlap", "missed", "too_old", "changed", "unplannable"]))]
    pub why: String,
    /// More about why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A schedule in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScheduleReport {
    /// What a list tells of it.
    pub schedule: ScheduleSummary,
    /// Its next instants, RFC 3339; none while it is paused.
    pub upcoming: Vec<String>,
    /// Its last runs, newest first.
    pub runs: Vec<RunSummary>,
    /// The last instants that got no run, newest first.
    pub skipped: Vec<SkippedInstants>,
    /// What became of it, oldest first.
    pub history: Vec<ScheduleStep>,
}

/// The schedule of that number, removed or not.
pub async fn get_schedule(ctx: &OpContext, app: &App, id: i64) -> Result<ScheduleReport, Problem> {
    let schedule = stored(app, id).await?;
    let whole = ctx.principal.scope == Scope::All;
    let said: Option<Schedule> = serde_json::from_value(schedule.definition.clone()).ok();
    let timetable = said.and_then(|schedule| schedule.check().ok());
    let upcoming = match (&timetable, schedule.next_instant, schedule.paused_at) {
        (Some(timetable), Some(next), None) => {
            let later = timetable.upcoming(next);
            std::iter::once(next).chain(later).take(UPCOMING).map(|instant| instant.to_rfc3339()).collect()
        }
        _ => Vec::new(),
    };
    let filter = RunFilter { schedule: Some(id), ..RunFilter::default() };
    let runs = app.store.runs(&filter, LATEST).await?.into_iter();
    let skips = app.store.schedule_skips(ScheduleId(id), LATEST).await?.into_iter();
    let skipped = skips.map(|skip| SkippedInstants {
        first: skip.first_instant.to_rfc3339(),
        last: skip.last_instant.to_rfc3339(),
        why: skip.why,
        detail: skip.detail,
    });
    let history = app.store.schedule_history(ScheduleId(id)).await?.into_iter().map(|change| {
        let said = |key: &str| change.definition[key].as_str().unwrap_or_default().to_owned();
        ScheduleStep {
            cron: said("cron"),
            zone: said("zone"),
            what: change.what,
            version: change.version,
            by: change.by,
            at: change.at.to_rfc3339(),
        }
    });
    Ok(ScheduleReport {
        schedule: ScheduleSummary::of(ctx, schedule),
        upcoming,
        runs: runs.map(|run| RunSummary::of(run, whole)).collect(),
        skipped: skipped.collect(),
        history: history.collect(),
    })
}
