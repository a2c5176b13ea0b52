//! When a schedule runs, as somebody asks for it.

use mg_flow::{Catchup, Overlap, Schedule, cron};
use serde::de::DeserializeOwned;

use super::super::Limit;
use super::refusal;
use crate::Problem;

/// The zone that is meant where none is named.
const ZONE: &str = "Europe/Paris";

/// What is said of a timetable. What is left out stays as it is, or is as by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimetableOrder {
    /// Minute, hour, day of the month, month, day of the week.
    pub cron: Option<String>,
    /// The IANA zone in which they are meant; by default Europe/Paris.
    pub zone: Option<String>,
    /// What becomes of instants that were missed: `all`, `latest` (the default) or `none`.
    pub catchup: Option<String>,
    /// What becomes of an instant that comes while a run before it has not ended: `skip` (the default), `queue`,
    /// `cancel_previous` or `allow`.
    pub overlap: Option<String>,
    /// How old a missed instant may be to be caught up, seconds.
    pub window_s: Option<u64>,
    /// The most by which a run is put off at random, seconds.
    pub jitter_s: Option<u64>,
    /// No instant before this.
    pub starts_at: Option<Limit>,
    /// No instant after this.
    pub ends_at: Option<Limit>,
}

impl TimetableOrder {
    /// A new timetable.
    ///
    /// # Errors
    ///
    /// `bad_schedule` with what is wrong.
    pub(super) fn fresh(self) -> Result<Schedule, Problem> {
        if self.cron.is_none() {
            let advice = "`0 6 * * 1` is each Monday at 06:00.";
            return Err(Problem::new("bad_schedule", "A schedule needs a cron expression.", advice));
        }
        self.over(cron("").in_zone(ZONE))
    }

    /// What `present` says, with what is said here instead.
    pub(super) fn over(self, present: Schedule) -> Result<Schedule, Problem> {
        let schedule = Schedule {
            cron: self.cron.map_or(present.cron, |cron| cron.trim().to_owned()),
            zone: self.zone.map_or(present.zone, |zone| zone.trim().to_owned()),
            catchup: self.catchup.map_or(Ok(present.catchup), |name| word::<Catchup>(&name, "catchup"))?,
            overlap: self.overlap.map_or(Ok(present.overlap), |name| word::<Overlap>(&name, "overlap"))?,
            window_s: self.window_s.or(present.window_s),
            jitter_s: self.jitter_s.unwrap_or(present.jitter_s),
            starts_at: self.starts_at.map_or(present.starts_at, Limit::instant),
            ends_at: self.ends_at.map_or(present.ends_at, Limit::instant),
        };
        schedule.check().map_err(|error| refusal::timetable(&error))?;
        Ok(schedule)
    }
}

fn word<T: DeserializeOwned>(name: &str, what: &str) -> Result<T, Problem> {
    serde_json::from_value(name.trim().into()).map_err(|_| {
        let options =
            if what == "catchup" { "all, latest or none" } else { "skip, queue, cancel_previous or allow" };
        let shown: String = name.chars().take(40).collect();
        Problem::new("bad_schedule", format!("`{shown}` is no {what}."), format!("Say {options}."))
    })
}
