//! What is due: which instants get a run, and which were missed for good.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Catchup, Schedule, Timetable};

/// How late an instant may be taken without counting as missed.
const GRACE: TimeDelta = TimeDelta::seconds(60);
/// How many instants are caught up in one transaction.
const BATCH: usize = 100;

/// Instants of a schedule that a look at the clock has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Due {
    /// Missed, and each to be made up for in its turn.
    pub(crate) in_turn: Vec<DateTime<Utc>>,
    /// Come now, in order; or the one that stands for all that were missed.
    pub(crate) fresh: Vec<DateTime<Utc>>,
    /// Missed, and left.
    pub(crate) missed: Vec<Missed>,
    /// The instant that is next, and when it is due; it may be due already when there were many.
    pub(crate) next: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Instants that get no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missed {
    /// The first.
    pub(crate) first: DateTime<Utc>,
    /// The last.
    pub(crate) last: DateTime<Utc>,
    /// Whether they were too old; else their schedule's rule left them out.
    pub(crate) too_old: bool,
}

impl Schedule {
    /// When a run of `instant` is due, under the name `name`.
    pub(crate) fn due_at(&self, name: &str, instant: DateTime<Utc>) -> DateTime<Utc> {
        let put_off = Timetable::jitter(name, instant, self.jitter_s);
        instant + TimeDelta::from_std(put_off).unwrap_or_default()
    }

    /// What is due at `now` of a schedule named `name` whose next instant is `next`.
    pub(crate) fn due(
        &self,
        timetable: &Timetable,
        name: &str,
        next: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Due {
        let on_time = OnTime { schedule: self, name, now };
        // Whatever lies before this was missed, by however much it was put off.
        let surely_missed = before(before(now, GRACE), seconds(self.jitter_s));
        let long_ago = timetable.last(just_before(next), surely_missed);
        let from = long_ago.unwrap_or(just_before(next));
        let lately: Vec<_> =
            timetable.upcoming(from).take_while(|instant| on_time.is_due(*instant)).collect();
        let late = lately.iter().take_while(|instant| on_time.is_missed(**instant)).count();
        let (missed_lately, fresh) = lately.split_at(late);
        let last_missed = missed_lately.last().copied().or(long_ago);
        let mut due = Due {
            fresh: fresh.to_vec(),
            next: self.next_due(timetable, name, lately.last().copied().unwrap_or(from)),
            ..Due::default()
        };
        if let Some(last) = last_missed {
            self.judge_missed(timetable, name, (next, last), now, &mut due);
        }
        due
    }

    /// The first instant after `instant`, with when it is due.
    pub(crate) fn next_due(
        &self,
        timetable: &Timetable,
        name: &str,
        instant: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        timetable.next(instant).map(|next| (next, self.due_at(name, next)))
    }

    fn judge_missed(
        &self,
        timetable: &Timetable,
        name: &str,
        (first, last): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
        due: &mut Due,
    ) {
        let oldest = self.window_s.map_or(first, |window| first.max(before(now, seconds(window))));
        // The instants of first..=last that are young enough begin here.
        let young = timetable.next(just_before(oldest)).filter(|young| *young <= last);
        if young != Some(first) {
            let last_old = timetable.last(just_before(first), just_before(oldest)).unwrap_or(first);
            due.missed.push(Missed { first, last: last_old, too_old: true });
        }
        let Some(young) = young else { return };
        match self.catchup {
            Catchup::None => due.missed.push(Missed { first: young, last, too_old: false }),
            Catchup::Latest => {
                // What has just come stands for all that was missed.
                let latest = due.fresh.last().copied().unwrap_or(last);
                due.fresh = vec![latest];
                if let Some(last_left) = timetable.last(just_before(young), just_before(latest)) {
                    due.missed.push(Missed { first: young, last: last_left, too_old: false });
                }
            }
            Catchup::All => {
                let all = timetable.upcoming(just_before(young)).take_while(|instant| *instant <= last);
                due.in_turn = all.take(BATCH).collect();
                if let Some(taken) = due.in_turn.last().filter(|taken| **taken < last) {
                    due.fresh.clear();
                    due.next = self.next_due(timetable, name, *taken);
                }
            }
        }
    }
}

/// What a look at the clock says of an instant.
struct OnTime<'a> {
    schedule: &'a Schedule,
    name: &'a str,
    now: DateTime<Utc>,
}

impl OnTime<'_> {
    fn is_due(&self, instant: DateTime<Utc>) -> bool {
        self.schedule.due_at(self.name, instant) <= self.now
    }

    fn is_missed(&self, instant: DateTime<Utc>) -> bool {
        self.schedule.due_at(self.name, instant) <= before(self.now, GRACE)
    }
}

fn just_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    before(instant, TimeDelta::nanoseconds(1))
}

fn before(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

fn seconds(seconds: u64) -> TimeDelta {
    i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests;
