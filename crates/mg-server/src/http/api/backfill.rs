//! Backfills.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, BackfillDraft, BackfillList, BackfillOrder, BackfillReport};

/// Nothing is asked beside the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A backfill.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneBackfill {
    /// Id of the backfill.
    #[schemars(range(min = 1))]
    backfill_id: i64,
}

/// A range of instants.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    schedule_id: i64,
    /// No instant before this: RFC 3339, a day as 2026-11-21, or how long ago as 90d.
    from: String,
    /// No instant after this, and none that has not come; without it, up to now.
    until: Option<String>,
}

/// A backfill that is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBackfill {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    schedule_id: i64,
    /// No instant before this: RFC 3339, a day as 2026-11-21, or how long ago as 90d.
    from: String,
    /// No instant after this, and none that has not come; without it, up to now.
    until: Option<String>,
    /// How many runs are open at a time.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    width: u32,
}

fn one() -> u32 {
    1
}

fn order(ctx: &OpContext, range: &Range, width: u32) -> Result<BackfillOrder, Problem> {
    let until = range.until.as_deref().map(|text| app::parse_instant(ctx, text)).transpose()?;
    Ok(BackfillOrder {
        schedule_id: range.schedule_id,
        from: app::parse_instant(ctx, &range.from)?,
        until: until.unwrap_or_else(|| ctx.now()),
        width,
    })
}

pub(super) struct ListBackfills;

impl Operation for ListBackfills {
    type Input = Nothing;
    type Output = BackfillList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/backfills";
    const NAME: &'static str = "list_backfills";
    const SUMMARY: &'static str = "The latest backfills";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&app::list_backfills(&ctx, &app).await?)
    }
}

pub(super) struct GetBackfill;

impl Operation for GetBackfill {
    type Input = OneBackfill;
    type Output = BackfillReport;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/backfills/{backfill_id}";
    const NAME: &'static str = "get_backfill";
    const SUMMARY: &'static str = "A backfill as it stands";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: OneBackfill) -> Result<Reply, Problem> {
        Reply::json(&app::get_backfill(&ctx, &app, input.backfill_id).await?)
    }
}

pub(super) struct DraftBackfill;

impl Operation for DraftBackfill {
    type Input = Range;
    type Output = BackfillDraft;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}/backfill";
    const NAME: &'static str = "draft_backfill";
    const SUMMARY: &'static str = "What a backfill would do: a dry run";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Range) -> Result<Reply, Problem> {
        let order = order(&ctx, &input, 1)?;
        Reply::json(&app::draft_backfill(&ctx, &app, order).await?)
    }
}

pub(super) struct StartBackfill;

impl Operation for StartBackfill {
    type Input = NewBackfill;
    type Output = BackfillReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}/backfill";
    const NAME: &'static str = "start_backfill";
    const SUMMARY: &'static str = "Make up for the instants of a range that have no run";
    const ROLE: Role = Role::Editor;
    const STATUS: u16 = 201;

    async fn call(ctx: OpContext, app: App, input: NewBackfill) -> Result<Reply, Problem> {
        let NewBackfill { schedule_id, from, until, width } = input;
        let order = order(&ctx, &Range { schedule_id, from, until }, width)?;
        let made = app::start_backfill(&ctx, &app, order).await?;
        Reply::json(&made)?.at(format!("/api/v1/backfills/{}", made.backfill_id))
    }
}

pub(super) struct CancelBackfill;

impl Operation for CancelBackfill {
    type Input = OneBackfill;
    type Output = BackfillReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/backfills/{backfill_id}/cancel";
    const NAME: &'static str = "cancel_backfill";
    const SUMMARY: &'static str = "End a backfill before its time, with its runs";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneBackfill) -> Result<Reply, Problem> {
        Reply::json(&app::cancel_backfill(&ctx, &app, input.backfill_id).await?)
    }
}
