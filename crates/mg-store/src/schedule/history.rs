//! What became of a schedule, and the instants that it left out.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Postgres, Transaction};

use super::{ScheduleId, StoredSchedule};
use crate::{Store, StoreError};

/// A line of a schedule's history.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ScheduleChange {
    /// `made`, `changed`, `paused`, `resumed` or `removed`.
    pub what: String,
    /// Which version it then was.
    pub version: i32,
    /// What it said from then on.
    pub definition: Value,
    /// What its runs were asked to do from then on.
    pub parameters: Value,
    /// Who did it; `code` when the DAG's code did.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why instants got no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The run before had not ended.
    Overlap,
    /// They were missed, and the schedule does not catch them up.
    Missed,
    /// They were missed, and are too old to be caught up.
    TooOld,
    /// They were missed, and the schedule has changed since.
    Changed,
    /// No run can be made of what the schedule asks for.
    Unplannable,
}

impl SkipReason {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Overlap => "overlap",
            SkipReason::Missed => "missed",
            SkipReason::TooOld => "too_old",
            SkipReason::Changed => "changed",
            SkipReason::Unplannable => "unplannable",
        }
    }
}

/// Instants that get no run, to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSkip {
    /// The first.
    pub first: DateTime<Utc>,
    /// The last; all instants between belong to it.
    pub last: DateTime<Utc>,
    /// Why.
    pub why: SkipReason,
    /// What exactly, where there is more to say.
    pub detail: Option<String>,
}

/// Instants that got no run.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ScheduleSkip {
    /// The first.
    pub first_instant: DateTime<Utc>,
    /// The last; all instants between belong to it.
    pub last_instant: DateTime<Utc>,
    /// `overlap`, `missed`, `too_old`, `changed` or `unplannable`.
    pub why: String,
    /// What exactly, where there is more to say.
    pub detail: Option<String>,
    /// When that was decided.
    pub at: DateTime<Utc>,
}

impl Store {
    /// What became of a schedule, oldest first.
    pub async fn schedule_history(&self, id: ScheduleId) -> Result<Vec<ScheduleChange>, StoreError> {
        sqlx::query_as(
            "select what, version, definition, parameters, by, at from mg.schedule_change
             where schedule_id = $1 order by id",
        )
        .bind(id.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading the history of a schedule"))
    }

    /// The latest `limit` skips of a schedule, newest first.
    pub async fn schedule_skips(&self, id: ScheduleId, limit: i64) -> Result<Vec<ScheduleSkip>, StoreError> {
        sqlx::query_as(
            "select first_instant, last_instant, why, detail, at from mg.schedule_skip
             where schedule_id = $1 order by id desc limit $2",
        )
        .bind(id.0)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading what a schedule left out"))
    }
}

/// Adds a line to the history of a schedule, as it now stands.
pub(super) async fn note_change(
    transaction: &mut Transaction<'static, Postgres>,
    schedule: &StoredSchedule,
    what: &'static str,
    by: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into mg.schedule_change (schedule_id, what, version, definition, parameters, by)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(schedule.id)
    .bind(what)
    .bind(schedule.version)
    .bind(&schedule.definition)
    .bind(&schedule.parameters)
    .bind(by)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("noting what became of a schedule"))
}

/// Notes instants that get no run.
pub(super) async fn note_skip(
    transaction: &mut Transaction<'static, Postgres>,
    schedule: ScheduleId,
    skip: &NewSkip,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into mg.schedule_skip (schedule_id, first_instant, last_instant, why, detail)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(schedule.0)
    .bind(skip.first)
    .bind(skip.last)
    .bind(skip.why.as_str())
    .bind(&skip.detail)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("noting what a schedule left out"))
}
