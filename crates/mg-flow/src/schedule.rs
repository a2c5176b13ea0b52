//! When a DAG runs by itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is done about instants that passed while nobody was there to take them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catchup {
    /// Each gets its run.
    All,
    /// The last of them gets one.
    #[default]
    Latest,
    /// None gets one.
    None,
}

/// What is done when an instant comes and the run before it has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The new run is not made.
    #[default]
    Skip,
    /// The new run waits for the other's end.
    Queue,
    /// The other is cancelled.
    CancelPrevious,
    /// Both run.
    Allow,
}

/// A timetable: its instants, and what is done when they cannot be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Five fields: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// IANA zone in which the fields are meant.
    pub zone: String,
    /// What becomes of instants that were missed.
    pub catchup: Catchup,
    /// What becomes of an instant that comes too early.
    pub overlap: Overlap,
    /// How old a missed instant may be to be caught up, seconds.
    pub window_s: Option<u64>,
    /// The most by which a run is put off at random, seconds.
    pub jitter_s: u64,
    /// No instant before this.
    pub starts_at: Option<DateTime<Utc>>,
    /// No instant after this.
    pub ends_at: Option<DateTime<Utc>>,
}

/// The timetable of a cron expression, in UTC until [`Schedule::in_zone`] says otherwise.
pub fn cron(expression: impl Into<String>) -> Schedule {
    Schedule {
        cron: expression.into(),
        zone: "UTC".to_owned(),
        catchup: Catchup::default(),
        overlap: Overlap::default(),
        window_s: None,
        jitter_s: 0,
        starts_at: None,
        ends_at: None,
    }
}

impl Schedule {
    /// Means the fields in an IANA zone.
    #[must_use]
    pub fn in_zone(self, zone: impl Into<String>) -> Self {
        Self { zone: zone.into(), ..self }
    }

    /// Says what becomes of instants that were missed.
    #[must_use]
    pub fn catchup(self, catchup: Catchup) -> Self {
        Self { catchup, ..self }
    }

    /// Says what becomes of an instant that comes while a run before it has not ended.
    #[must_use]
    pub fn overlap(self, overlap: Overlap) -> Self {
        Self { overlap, ..self }
    }
}
