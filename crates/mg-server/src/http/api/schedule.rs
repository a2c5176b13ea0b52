//! Schedules.

use std::collections::BTreeMap;

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{
    self, App, PauseReport, RemovalReport, ScheduleChanges, ScheduleList, ScheduleOrder, ScheduleReport,
    ScheduleSummary, TimetableOrder,
};

/// Nothing is asked beside the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A schedule.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneSchedule {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    schedule_id: i64,
}

/// A schedule that is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSchedule {
    /// Its name, unique among schedules.
    name: String,
    /// Name of the DAG that it runs.
    dag: String,
    /// What its runs are asked to do; what is left out is as the DAG says.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    #[serde(default)]
    parameters: Value,
    /// Minute, hour, day of the month, month, day of the week.
    cron: String,
    /// The IANA zone in which they are meant, Europe/Paris by default.
    zone: Option<String>,
    /// What becomes of instants that were missed, latest by default.
    #[schemars(extend("enum" = ["all", "latest", "none"]))]
    catchup: Option<String>,
    /// What becomes of an instant that comes while a run before it has not ended, skip by default.
    #[schemars(extend("enum" = ["skip", "queue", "cancel_previous", "allow"]))]
    overlap: Option<String>,
    /// How old a missed instant may be to be caught up, seconds.
    window_s: Option<u64>,
    /// The most by which a run is put off at random, seconds.
    #[schemars(range(max = 86_400))]
    jitter_s: Option<u64>,
    /// No instant before this: RFC 3339, a day as 2026-11-21, or none.
    starts_at: Option<String>,
    /// No instant after this: RFC 3339, a day as 2026-11-21, which is the last, or none.
    ends_at: Option<String>,
}

/// What is to be otherwise; what is left out stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    schedule_id: i64,
    /// What its runs are asked to do, all of it.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    parameters: Option<Value>,
    /// Minute, hour, day of the month, month, day of the week.
    cron: Option<String>,
    /// The IANA zone in which they are meant.
    zone: Option<String>,
    /// What becomes of instants that were missed.
    #[schemars(extend("enum" = ["all", "latest", "none"]))]
    catchup: Option<String>,
    /// What becomes of an instant that comes while a run before it has not ended.
    #[schemars(extend("enum" = ["skip", "queue", "cancel_previous", "allow"]))]
    overlap: Option<String>,
    /// How old a missed instant may be to be caught up, seconds.
    window_s: Option<u64>,
    /// The most by which a run is put off at random, seconds.
    #[schemars(range(max = 86_400))]
    jitter_s: Option<u64>,
    /// No instant before this: RFC 3339, a day as 2026-11-21, or none.
    starts_at: Option<String>,
    /// No instant after this: RFC 3339, a day as 2026-11-21, which is the last, or none.
    ends_at: Option<String>,
}

pub(super) struct ListSchedules;

impl Operation for ListSchedules {
    type Input = Nothing;
    type Output = ScheduleList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/schedules";
    const NAME: &'static str = "list_schedules";
    const SUMMARY: &'static str = "The schedules, of code and made at run time";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&app::list_schedules(&ctx, &app).await?)
    }
}

pub(super) struct GetSchedule;

impl Operation for GetSchedule {
    type Input = OneSchedule;
    type Output = ScheduleReport;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}";
    const NAME: &'static str = "get_schedule";
    const SUMMARY: &'static str =
        "A schedule with its next instants, its runs, what it left out and its history";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: OneSchedule) -> Result<Reply, Problem> {
        Reply::json(&app::get_schedule(&ctx, &app, input.schedule_id).await?)
    }
}

pub(super) struct AddSchedule;

impl Operation for AddSchedule {
    type Input = NewSchedule;
    type Output = ScheduleSummary;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/schedules";
    const NAME: &'static str = "add_schedule";
    const SUMMARY: &'static str = "Let a DAG run by the clock";
    const ROLE: Role = Role::Editor;
    const STATUS: u16 = 201;

    async fn call(ctx: OpContext, app: App, input: NewSchedule) -> Result<Reply, Problem> {
        let starts_at = input.starts_at.map(|text| app::parse_beginning(&ctx, &text)).transpose()?;
        let ends_at = input.ends_at.map(|text| app::parse_end(&ctx, &text)).transpose()?;
        let timetable = TimetableOrder {
            cron: Some(input.cron),
            zone: input.zone,
            catchup: input.catchup,
            overlap: input.overlap,
            window_s: input.window_s,
            jitter_s: input.jitter_s,
            starts_at,
            ends_at,
        };
        let order =
            ScheduleOrder { name: input.name, dag: input.dag, parameters: input.parameters, timetable };
        let made = app::add_schedule(&ctx, &app, order).await?;
        Reply::json(&made)?.at(format!("/api/v1/schedules/{}", made.schedule_id))
    }
}

pub(super) struct ChangeSchedule;

impl Operation for ChangeSchedule {
    type Input = Changes;
    type Output = ScheduleSummary;
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}";
    const NAME: &'static str = "change_schedule";
    const SUMMARY: &'static str = "Change a schedule that was made at run time";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: Changes) -> Result<Reply, Problem> {
        let starts_at = input.starts_at.map(|text| app::parse_beginning(&ctx, &text)).transpose()?;
        let ends_at = input.ends_at.map(|text| app::parse_end(&ctx, &text)).transpose()?;
        let timetable = TimetableOrder {
            cron: input.cron,
            zone: input.zone,
            catchup: input.catchup,
            overlap: input.overlap,
            window_s: input.window_s,
            jitter_s: input.jitter_s,
            starts_at,
            ends_at,
        };
        let changes = ScheduleChanges { parameters: input.parameters, timetable };
        Reply::json(&app::change_schedule(&ctx, &app, input.schedule_id, changes).await?)
    }
}

pub(super) struct PauseSchedule;

impl Operation for PauseSchedule {
    type Input = OneSchedule;
    type Output = PauseReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}/pause";
    const NAME: &'static str = "pause_schedule";
    const SUMMARY: &'static str = "Let a schedule start no run";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneSchedule) -> Result<Reply, Problem> {
        Reply::json(&app::pause_schedule(&ctx, &app, input.schedule_id).await?)
    }
}

pub(super) struct ResumeSchedule;

impl Operation for ResumeSchedule {
    type Input = OneSchedule;
    type Output = PauseReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}/resume";
    const NAME: &'static str = "resume_schedule";
    const SUMMARY: &'static str = "Let a schedule start runs again";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneSchedule) -> Result<Reply, Problem> {
        Reply::json(&app::resume_schedule(&ctx, &app, input.schedule_id).await?)
    }
}

pub(super) struct RemoveSchedule;

impl Operation for RemoveSchedule {
    type Input = OneSchedule;
    type Output = RemovalReport;
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/api/v1/schedules/{schedule_id}";
    const NAME: &'static str = "remove_schedule";
    const SUMMARY: &'static str = "Remove a schedule that was made at run time; its runs stay";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneSchedule) -> Result<Reply, Problem> {
        Reply::json(&app::remove_schedule(&ctx, &app, input.schedule_id).await?)
    }
}
