//! Instants of a schedule, right where clocks are put back and forward.
//!
//! Two kinds of cron expressions mean two things. One whose hour is `*` is an interval: it comes
//! whenever clocks show its minute, so an hour that is shown twice has it twice and one that is left
//! out has none; time passes evenly between its instants. Any other names times of the day, and each
//! of them comes once a day: at its first showing, or, where clocks leave it out, when they are put
//! forward.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use sha2::{Digest, Sha256};

use super::zone::{Shown, change, local, shown};

/// A [`super::Schedule`] that was checked: its instants.
#[derive(Debug, Clone)]
pub struct Timetable {
    // It is asked for local times alone: croner has a rule of its own for clocks that change, which
    // counts `0 2,14 * * *` as an interval.
    cron: Cron,
    zone: Tz,
    is_interval: bool,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
}

impl Timetable {
    pub(super) fn new(
        cron: Cron,
        zone: Tz,
        starts_at: Option<DateTime<Utc>>,
        ends_at: Option<DateTime<Utc>>,
    ) -> Self {
        let is_interval = (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false));
        Self { cron, zone, is_interval, starts_at, ends_at }
    }

    /// The instants of it that lie between two, inclusive.
    #[must_use]
    pub fn between(self, starts_at: Option<DateTime<Utc>>, ends_at: Option<DateTime<Utc>>) -> Self {
        Self { starts_at, ends_at, ..self }
    }

    /// The instants after `after`, in order.
    pub fn upcoming(&self, after: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        std::iter::successors(self.next(after), |instant| self.next(*instant))
    }

    /// The first instant after `after`; `None` when none is left.
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let before_start = self.starts_at.map(|start| start - TimeDelta::nanoseconds(1));
        let after = before_start.map_or(after, |before| before.max(after));
        let next = if self.is_interval { self.next_of_interval(after) } else { self.next_of_day(after) }?;
        self.ends_at.is_none_or(|end| next <= end).then_some(next)
    }

    /// The last instant after `after` and not after `until`.
    pub fn last(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Looked for from the end, further and further back: years of minutes are not walked through.
        let mut back = TimeDelta::hours(1);
        loop {
            let from = until.checked_sub_signed(back).map_or(after, |from| from.max(after));
            if let Some(last) = self.upcoming(from).take_while(|instant| *instant <= until).last() {
                return Some(last);
            }
            if from == after {
                return None;
            }
            back = back.checked_mul(2).unwrap_or(TimeDelta::MAX);
        }
    }

    /// By how much a run of `instant` is put off: at most `most_s` seconds, the same for the same
    /// `name` and instant.
    pub(crate) fn jitter(name: &str, instant: DateTime<Utc>, most_s: u64) -> Duration {
        let digest =
            Sha256::new().chain_update(name).chain_update(instant.timestamp().to_be_bytes()).finalize();
        let [a, b, c, d, e, f, g, h, ..] = digest.0;
        let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        Duration::from_millis(number % (most_s.saturating_mul(1000).saturating_add(1)))
    }

    fn next_of_day(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut time = local(self.zone, after);
        loop {
            time = self.next_local(time)?;
            let instant = match shown(self.zone, time) {
                Shown::Once(instant) | Shown::Twice(instant, _) | Shown::Never(instant) => instant,
            };
            if instant > after {
                return Some(instant);
            }
        }
    }

    fn next_of_interval(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let now = local(self.zone, after);
        let ahead = self.shown_after(now, after);
        match shown(self.zone, now) {
            // What is shown now will be shown again, and what was shown before it as well.
            Shown::Twice(_, second) if after < second => {
                let again = local(self.zone, change(self.zone, after, second));
                let repeated = self.shown_after(again - TimeDelta::seconds(1), after);
                [ahead, repeated].into_iter().flatten().min()
            }
            _ => ahead,
        }
    }

    /// The first instant after `after` that shows a time of the pattern later than `time`.
    fn shown_after(&self, mut time: NaiveDateTime, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        loop {
            time = self.next_local(time)?;
            match shown(self.zone, time) {
                Shown::Once(instant) | Shown::Twice(instant, _) if instant > after => return Some(instant),
                Shown::Twice(_, instant) if instant > after => return Some(instant),
                Shown::Once(_) | Shown::Twice(..) | Shown::Never(_) => {}
            }
        }
    }

    /// The next local time of the pattern; `None` when there is none up to the year 5000.
    fn next_local(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        self.cron.find_next_occurrence(&time, false).ok()
    }
}

#[cfg(test)]
mod tests;
