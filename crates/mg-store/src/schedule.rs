//! Schedules: what they say, when they are next, and what became of them.
//!
//! What a definition means is reckoned by whoever calls: it is JSON here. Instants are reckoned from
//! the database's clock, which each call that needs it hands over; no process's own clock counts.

mod due;
mod history;
mod pulse;
mod release;
mod write;

pub use due::{Decision, DueSchedule, Taken, Taking};
pub use history::{NewSkip, ScheduleChange, ScheduleSkip, SkipReason};
pub use pulse::Pulse;
pub use write::{NewSchedule, Revision, ScheduleRefused};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Store, StoreError};

/// A schedule's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(pub i64);

impl std::fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An instant and when it is taken: at it, or a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextInstant {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// When it is taken.
    pub at: DateTime<Utc>,
}

/// A schedule as it stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct StoredSchedule {
    /// Its number.
    pub id: i64,
    /// Its name, unique among those that were not removed; that of its DAG if the DAG's code has it.
    pub name: String,
    /// The DAG that it runs.
    pub dag: String,
    /// `code`: the DAG says so; `request`: somebody made it.
    pub origin: String,
    /// Counts what it has said, from 1.
    pub version: i32,
    /// The timetable.
    pub definition: Value,
    /// What its runs are asked to do.
    pub parameters: Value,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Who paused it, if it is paused.
    pub paused_by: Option<String>,
    /// When it was paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// Who removed it.
    pub removed_by: Option<String>,
    /// When it was removed.
    pub removed_at: Option<DateTime<Utc>>,
    /// The instant that is taken next; `None` when none is left.
    pub next_instant: Option<DateTime<Utc>>,
    /// When it is taken.
    pub next_at: Option<DateTime<Utc>>,
    /// The last instant that was taken.
    pub last_instant: Option<DateTime<Utc>>,
}

impl StoredSchedule {
    /// Its number.
    pub fn id(&self) -> ScheduleId {
        ScheduleId(self.id)
    }
}

impl Store {
    /// What time it is, by the clock that counts.
    pub async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        sqlx::query_scalar("select now()")
            .fetch_one(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading the clock"))
    }

    /// The schedules that were not removed, by name.
    pub async fn schedules(&self) -> Result<Vec<StoredSchedule>, StoreError> {
        sqlx::query_as("select * from mg.schedule where removed_at is null order by name")
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing schedules"))
    }

    /// The schedule of that number, removed or not.
    pub async fn schedule(&self, id: ScheduleId) -> Result<Option<StoredSchedule>, StoreError> {
        sqlx::query_as("select * from mg.schedule where id = $1")
            .bind(id.0)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a schedule"))
    }

    /// The schedule of that name, if it was not removed.
    pub async fn schedule_named(&self, name: &str) -> Result<Option<StoredSchedule>, StoreError> {
        sqlx::query_as("select * from mg.schedule where name = $1 and removed_at is null")
            .bind(name)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a schedule"))
    }
}
