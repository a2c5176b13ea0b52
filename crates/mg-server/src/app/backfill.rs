//! Backfills: making up for a range of a schedule's instants.

use chrono::{DateTime, Utc};
use mg_core::{OpContext, Role};
use mg_flow::{BackfillRange, plan_backfill};
use mg_store::backfill::{Backfill, BackfillId};
use mg_store::schedule::ScheduleId;
use schemars::JsonSchema;
use serde::Serialize;

use super::dag::dags;
use super::schedule::not_backfilled;
use super::{App, require};
use crate::Problem;

/// How many backfills are listed.
const LATEST: i64 = 50;

/// A backfill that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillOrder {
    /// The schedule.
    pub schedule_id: i64,
    /// No instant before this.
    pub from: DateTime<Utc>,
    /// No instant after this.
    pub until: DateTime<Utc>,
    /// How many runs are open at a time.
    pub width: u32,
}

/// An instant of a backfill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BackfillInstant {
    /// The instant, RFC 3339.
    pub instant: String,
    /// The run that it has already; left out when it has none, and would get one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub run_id: Option<i64>,
    /// How that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: Option<String>,
}

/// What a backfill would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BackfillDraft {
    /// Name of the schedule.
    pub schedule: String,
    /// Its instants in the range that have come, oldest first.
    pub instants: Vec<BackfillInstant>,
    /// How many of them would get a run.
    #[schemars(range(min = 0))]
    pub missing: usize,
}

/// A backfill as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BackfillReport {
    /// Id of the backfill.
    #[schemars(range(min = 1))]
    pub backfill_id: i64,
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    pub schedule_id: i64,
    /// The first instant, RFC 3339.
    pub first: String,
    /// The last instant, RFC 3339.
    pub last: String,
    /// How many runs are open at a time.
    #[schemars(range(min = 1))]
    pub width: i32,
    /// Who asked for it.
    pub made_by: String,
    /// When, RFC 3339.
    pub made_at: String,
    /// Who ended it before its time; left out when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// Its runs that wait.
    #[schemars(range(min = 0))]
    pub waiting: i64,
    /// Its runs that have begun and not ended.
    #[schemars(range(min = 0))]
    pub open: i64,
    /// Its runs that succeeded.
    #[schemars(range(min = 0))]
    pub succeeded: i64,
    /// Its runs that failed or were cancelled.
    #[schemars(range(min = 0))]
    pub failed: i64,
}

/// Backfills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BackfillList {
    /// The backfills, newest first, at most 50.
    pub backfills: Vec<BackfillReport>,
}

impl From<Backfill> for BackfillReport {
    fn from(backfill: Backfill) -> Self {
        Self {
            backfill_id: backfill.id,
            schedule_id: backfill.schedule_id,
            first: backfill.first_instant.to_rfc3339(),
            last: backfill.last_instant.to_rfc3339(),
            width: backfill.width,
            made_by: backfill.made_by,
            made_at: backfill.made_at.to_rfc3339(),
            cancelled_by: backfill.cancelled_by,
            waiting: backfill.waiting,
            open: backfill.open,
            succeeded: backfill.succeeded,
            failed: backfill.failed,
        }
    }
}

impl BackfillOrder {
    fn range(self) -> BackfillRange {
        BackfillRange { schedule: ScheduleId(self.schedule_id), from: self.from, until: self.until }
    }
}

/// What a backfill would do; nothing is done.
pub async fn draft_backfill(
    _ctx: &OpContext,
    app: &App,
    order: BackfillOrder,
) -> Result<BackfillDraft, Problem> {
    let plan = plan_backfill(&app.store, order.range()).await.map_err(not_backfilled)?;
    let instants = plan.instants.into_iter().map(|planned| {
        let (run_id, state) = planned.run.unzip();
        BackfillInstant { instant: planned.instant.to_rfc3339(), run_id, state }
    });
    let instants: Vec<BackfillInstant> = instants.collect();
    let missing = instants.iter().filter(|instant| instant.run_id.is_none()).count();
    Ok(BackfillDraft { schedule: plan.schedule.name, instants, missing })
}

/// Makes up for the instants of a range that have no run; an editor's.
///
/// # Errors
///
/// `unknown_schedule`, `nothing_to_backfill`, `bad_backfill`.
pub async fn start_backfill(
    ctx: &OpContext,
    app: &App,
    order: BackfillOrder,
) -> Result<BackfillReport, Problem> {
    require(ctx, Role::Editor)?;
    let by = &ctx.principal.name;
    let made = mg_flow::backfill(&app.store, dags()?, order.range(), order.width, by).await;
    get_backfill(ctx, app, made.map_err(not_backfilled)?.0).await
}

/// The backfill of that number.
pub async fn get_backfill(_ctx: &OpContext, app: &App, id: i64) -> Result<BackfillReport, Problem> {
    let found = app.store.backfill(BackfillId(id)).await?;
    found.map(BackfillReport::from).ok_or_else(|| {
        Problem::new(
            "unknown_backfill",
            format!("There is no backfill {id}."),
            "Their list tells which there are.",
        )
    })
}

/// The latest backfills.
pub async fn list_backfills(_ctx: &OpContext, app: &App) -> Result<BackfillList, Problem> {
    let latest = app.store.latest_backfills(LATEST).await?;
    Ok(BackfillList { backfills: latest.into_iter().map(BackfillReport::from).collect() })
}

/// Ends a backfill before its time, with its runs that have not ended; an editor's. Of one that was cancelled before
/// nothing is changed.
pub async fn cancel_backfill(ctx: &OpContext, app: &App, id: i64) -> Result<BackfillReport, Problem> {
    require(ctx, Role::Editor)?;
    get_backfill(ctx, app, id).await?;
    app.store.cancel_backfill(BackfillId(id), &ctx.principal.name).await?;
    get_backfill(ctx, app, id).await
}
