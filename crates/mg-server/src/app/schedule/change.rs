//! Making, changing, pausing and removing schedules.

use mg_core::{OpContext, Role};
use mg_flow::{Schedule, ScheduleRequest};
use mg_store::schedule::ScheduleId;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::dag::dags;
use super::super::{App, PauseReport, require};
use super::refusal::{not_scheduled, refused};
use super::{ScheduleSummary, TimetableOrder, stored};
use crate::Problem;

/// Longest name.
const NAME_CHARS: usize = 80;

/// A schedule that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleOrder {
    /// Its name, unique among schedules.
    pub name: String,
    /// The DAG that it runs.
    pub dag: String,
    /// What its runs are asked to do: an object, or null.
    pub parameters: Value,
    /// When it runs.
    pub timetable: TimetableOrder,
}

/// What of a schedule is to be otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScheduleChanges {
    /// What its runs are asked to do: an object; without it, as they are.
    pub parameters: Option<Value>,
    /// When it runs; what it leaves out stays.
    pub timetable: TimetableOrder,
}

/// What removing a schedule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RemovalReport {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    pub schedule_id: i64,
    /// Its name, which is free again.
    pub name: String,
}

/// Makes a schedule of a DAG; an editor's. Its first instant is the next one.
///
/// # Errors
///
/// `bad_schedule`, `bad_parameters`, `unknown_dag`, `schedule_exists`.
pub async fn add_schedule(
    ctx: &OpContext,
    app: &App,
    order: ScheduleOrder,
) -> Result<ScheduleSummary, Problem> {
    require(ctx, Role::Editor)?;
    let name = order.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        let message = format!("A schedule's name has 1 to {NAME_CHARS} characters.");
        return Err(Problem::new("bad_arguments", message, "Name what it does."));
    }
    let parameters = if order.parameters.is_null() { json!({}) } else { order.parameters };
    let schedule = order.timetable.fresh()?;
    let request = ScheduleRequest { name, dag: order.dag.trim().to_owned(), parameters, schedule };
    let made = mg_flow::add_schedule(&app.store, dags()?, &request, &ctx.principal.name).await;
    Ok(ScheduleSummary::of(ctx, made.map_err(not_scheduled)?))
}

/// Changes a schedule that was made at run time; an editor's. It is kept what it said before.
///
/// # Errors
///
/// As [`add_schedule`]; `unknown_schedule`, and `schedule_of_code` for one that a DAG's code gives.
pub async fn change_schedule(
    ctx: &OpContext,
    app: &App,
    id: i64,
    changes: ScheduleChanges,
) -> Result<ScheduleSummary, Problem> {
    require(ctx, Role::Editor)?;
    let present = stored(app, id).await?;
    let said: Schedule = serde_json::from_value(present.definition).map_err(|error| {
        let message = format!("What schedule {id} says cannot be read: {error}.");
        Problem::new("internal", message, "Remove it, and make it anew.")
    })?;
    let schedule = changes.timetable.over(said)?;
    let parameters = changes.parameters.unwrap_or(present.parameters);
    let (by, wanted) = (&ctx.principal.name, (&schedule, &parameters));
    let changed = mg_flow::change_schedule(&app.store, dags()?, ScheduleId(id), wanted, by).await;
    Ok(ScheduleSummary::of(ctx, changed.map_err(not_scheduled)?))
}

/// Lets a schedule start no run; an editor's.
pub async fn pause_schedule(ctx: &OpContext, app: &App, id: i64) -> Result<PauseReport, Problem> {
    require(ctx, Role::Editor)?;
    let changed = app.store.pause_schedule(ScheduleId(id), &ctx.principal.name).await.map_err(refused)?;
    Ok(PauseReport { name: stored(app, id).await?.name, paused: true, changed })
}

/// Lets a schedule start runs again; an editor's. What it missed meanwhile is caught up as it says.
pub async fn resume_schedule(ctx: &OpContext, app: &App, id: i64) -> Result<PauseReport, Problem> {
    require(ctx, Role::Editor)?;
    let changed = app.store.resume_schedule(ScheduleId(id), &ctx.principal.name).await.map_err(refused)?;
    Ok(PauseReport { name: stored(app, id).await?.name, paused: false, changed })
}

/// Removes a schedule that was made at run time; an editor's. Its runs and its history stay.
///
/// # Errors
///
/// `unknown_schedule`, and `schedule_of_code` for one that a DAG's code gives.
pub async fn remove_schedule(ctx: &OpContext, app: &App, id: i64) -> Result<RemovalReport, Problem> {
    require(ctx, Role::Editor)?;
    let name = stored(app, id).await?.name;
    app.store.remove_schedule(ScheduleId(id), &ctx.principal.name).await.map_err(refused)?;
    tracing::info!(schedule = name, by = ctx.principal.name, "schedule removed");
    Ok(RemovalReport { schedule_id: id, name })
}
