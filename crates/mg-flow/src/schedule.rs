//! When a DAG runs by itself.
//!
//! A [`Schedule`] is data: it is written in a DAG, or made by somebody at run time, and is kept as
//! JSON. [`Schedule::check`] makes a [`Timetable`] of it, which reckons instants. Nothing here reads
//! a clock.

mod catchup;
mod check;
mod timetable;
mod zone;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use catchup::Due;
pub use check::ScheduleError;
pub use timetable::Timetable;

/// What is done about instants that were missed: that nobody took within a minute, because no
/// process was there or the schedule was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catchup {
    /// Each gets its run, one after the other unless the schedule lets runs overlap.
    All,
    /// The last of them gets one, however many there were.
    #[default]
    Latest,
    /// None gets one.
    None,
}

/// What is done when an instant comes and the run before it has not ended. Only runs that the same
/// schedule made count: neither launches by hand nor backfills are in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The new run is not made; that it was not is kept with the schedule.
    #[default]
    Skip,
    /// The new run waits for the other's end.
    Queue,
    /// The other is cancelled.
    CancelPrevious,
    /// Both run.
    Allow,
}

/// A timetable as it is written: its instants, and what is done when they cannot be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five fields: minute, hour, day of the month, month, day of the week. `*`, lists, ranges and
    /// steps; names of months and days in English; `L` for the last day, `15W` for the weekday
    /// nearest to the 15th, `MON#2` for the second Monday. A day of the month and a day of the week
    /// that are both given mean either.
    pub cron: String,
    /// IANA zone in which the fields are meant, `Europe/Paris`.
    #[serde(default = "utc")]
    pub zone: String,
    /// What becomes of instants that were missed.
    #[serde(default)]
    pub catchup: Catchup,
    /// What becomes of an instant that comes too early.
    #[serde(default)]
    pub overlap: Overlap,
    /// How old a missed instant may be to be caught up, seconds; `None` for any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u64>,
    /// The most by which a run is put off, seconds; at most a day. By how much is reckoned from the
    /// schedule's name and the instant, so all replicas agree, and schedules of one instant are spread.
    #[serde(default)]
    pub jitter_s: u64,
    /// No instant before this. Registering a schedule makes up for nothing that lies before it was
    /// registered: that is what a backfill is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// No instant after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// The timetable of a cron expression, in UTC until [`Schedule::in_zone`] says otherwise.
pub fn cron(expression: impl Into<String>) -> Schedule {
    Schedule {
        cron: expression.into(),
        zone: utc(),
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

    /// Catches up no instant that is older than `window`, counted in whole seconds.
    #[must_use]
    pub fn within(self, window: Duration) -> Self {
        Self { window_s: Some(window.as_secs()), ..self }
    }

    /// Says what becomes of an instant that comes while a run before it has not ended.
    #[must_use]
    pub fn overlap(self, overlap: Overlap) -> Self {
        Self { overlap, ..self }
    }

    /// Puts runs off by up to `most`, counted in whole seconds.
    #[must_use]
    pub fn jitter(self, most: Duration) -> Self {
        Self { jitter_s: most.as_secs(), ..self }
    }

    /// No instant before `start`.
    #[must_use]
    pub fn starting(self, start: DateTime<Utc>) -> Self {
        Self { starts_at: Some(start), ..self }
    }

    /// No instant after `end`.
    #[must_use]
    pub fn ending(self, end: DateTime<Utc>) -> Self {
        Self { ends_at: Some(end), ..self }
    }

    /// Whether both have the same instants, and runs at the same times.
    pub(crate) fn same_times(&self, other: &Self) -> bool {
        let times = |schedule: &Self| {
            let Schedule { cron, zone, jitter_s, starts_at, ends_at, .. } = schedule.clone();
            (cron, zone, jitter_s, starts_at, ends_at)
        };
        times(self) == times(other)
    }
}
