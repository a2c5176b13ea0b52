//! `list_schedules`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mg_core::{OpContext, Scope};
use mg_store::schedule::StoredSchedule;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::App;
use super::refusal;
use crate::Problem;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScheduleSummary {
    /// Id of the schedule.
    #[schemars(range(min = 1))]
    pub schedule_id: i64,
    /// Its name; that of its DAG if the DAG's code has it.
    pub name: String,
    /// The DAG that it runs.
    pub dag: String,
    /// Who has made it: the DAG's code, or somebody at run time.
    #[schemars(extend("enum" = ["code", "request"]))]
    pub origin: String,
    /// Counts what it has said, from 1.
    #[schemars(range(min = 1))]
    pub version: i32,
    /// Minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// The IANA zone in which they are meant.
    pub zone: String,
    /// What becomes of instants that were missed.
    #[schemars(extend("enum" = ["all", "latest", "none"]))]
    pub catchup: String,
    /// What becomes of an instant that comes while a run before it has not ended.
    #[schemars(extend("enum" = ["skip", "queue", "cancel_previous", "allow"]))]
    pub overlap: String,
    /// No instant before this, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// No instant after this, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// How old a missed instant may be to be caught up, seconds; left out when any age will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub window_s: Option<u64>,
    /// The most by which a run is put off at random, seconds.
    #[schemars(range(min = 0))]
    pub jitter_s: u64,
    /// What its runs are asked to do; nothing is told of it to a token that is limited to communes.
    #[schemars(with = "BTreeMap<String, Value>")]
    pub parameters: Value,
    /// Who made it.
    pub made_by: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// Who paused it; left out while it is not paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
    /// Who removed it; left out when nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<String>,
    /// The instant that is next, RFC 3339; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_instant: Option<String>,
    /// The last instant that was taken, RFC 3339; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_instant: Option<String>,
}

/// The schedules.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScheduleList {
    /// The schedules, by name; removed ones are left out.
    pub schedules: Vec<ScheduleSummary>,
}

impl ScheduleSummary {
    pub(super) fn of(ctx: &OpContext, stored: StoredSchedule) -> Self {
        let text = |instant: Option<DateTime<Utc>>| instant.map(|instant| instant.to_rfc3339());
        let said = |key: &str| stored.definition[key].as_str().unwrap_or_default().to_owned();
        Self {
            schedule_id: stored.id,
            cron: said("cron"),
            zone: said("zone"),
            catchup: said("catchup"),
            overlap: said("overlap"),
            starts_at: stored.definition["starts_at"].as_str().map(str::to_owned),
            ends_at: stored.definition["ends_at"].as_str().map(str::to_owned),
            window_s: stored.definition["window_s"].as_u64(),
            jitter_s: stored.definition["jitter_s"].as_u64().unwrap_or_default(),
            name: stored.name,
            dag: stored.dag,
            origin: stored.origin,
            version: stored.version,
            parameters: if ctx.principal.scope == Scope::All { stored.parameters } else { json!({}) },
            made_by: stored.made_by,
            made_at: stored.made_at.to_rfc3339(),
            paused_by: stored.paused_by,
            removed_by: stored.removed_by,
            next_instant: text(stored.next_instant),
            last_instant: text(stored.last_instant),
        }
    }
}

/// The number of the schedule that is named, by its number or its name; a number comes before a name.
///
/// # Errors
///
/// `unknown_schedule` with the nearest names; `ambiguous_schedule` when a DAG's own schedule and one that was made at
/// run time have the name, as when a DAG came after the other.
pub async fn schedule_named(_ctx: &OpContext, app: &App, name: &str) -> Result<i64, Problem> {
    let (name, schedules) = (name.trim(), app.store.schedules().await?);
    let number = name.parse().ok();
    if let Some(numbered) = schedules.iter().find(|schedule| Some(schedule.id) == number) {
        return Ok(numbered.id);
    }
    let named: Vec<&StoredSchedule> = schedules.iter().filter(|schedule| schedule.name == name).collect();
    match (named.as_slice(), number) {
        ([schedule], _) => Ok(schedule.id),
        ([], Some(id)) => {
            // It may have been removed, and be told of all the same.
            Ok(id)
        }
        ([], None) => {
            let names = schedules.iter().map(|schedule| schedule.name.as_str());
            Err(Problem::unknown("schedule", name, names, "`mg schedule list`"))
        }
        (several, _) => Err(refusal::ambiguous(name, several)),
    }
}

/// The schedules that were not removed, of code and made at run time.
pub async fn list_schedules(ctx: &OpContext, app: &App) -> Result<ScheduleList, Problem> {
    let schedules = app.store.schedules().await?.into_iter();
    Ok(ScheduleList { schedules: schedules.map(|stored| ScheduleSummary::of(ctx, stored)).collect() })
}
