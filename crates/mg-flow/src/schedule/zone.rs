//! Local times of a zone, and the instants that they mean.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// The time that clocks of the zone show at `instant`.
pub(super) fn local(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&zone).naive_local()
}

/// What the clocks of a zone make of a local time.
pub(super) enum Shown {
    /// They show it once.
    Once(DateTime<Utc>),
    /// They are put back, and show it twice.
    Twice(DateTime<Utc>, DateTime<Utc>),
    /// They are put forward, and never show it. This is the instant at which they are.
    Never(DateTime<Utc>),
}

/// When the clocks of the zone show `local`.
pub(super) fn shown(zone: Tz, local: NaiveDateTime) -> Shown {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Shown::Once(instant.to_utc()),
        LocalResult::Ambiguous(first, second) => Shown::Twice(first.to_utc(), second.to_utc()),
        LocalResult::None => Shown::Never(end_of_gap(zone, local)),
    }
}

/// The first instant at which clocks show more than `missing`, a time that they leave out.
fn end_of_gap(zone: Tz, missing: NaiveDateTime) -> DateTime<Utc> {
    // No zone is further than 14 hours from UTC, and no clock was ever put forward by more than a day.
    let (low, high) = (missing.and_utc() - Duration::hours(48), missing.and_utc() + Duration::hours(48));
    first_after(low, high, |instant| local(zone, instant) > missing)
}

/// The instant at which the clocks of the zone were put back or forward, if between `low` and `high`
/// they were so once.
pub(super) fn change(zone: Tz, low: DateTime<Utc>, high: DateTime<Utc>) -> DateTime<Utc> {
    let offset = |instant: DateTime<Utc>| zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
    let before = offset(low);
    first_after(low, high, |instant| offset(instant) != before)
}

/// The first second after `low`, and at most `high`, of which something is true that then stays so.
fn first_after(
    low: DateTime<Utc>,
    high: DateTime<Utc>,
    is_past: impl Fn(DateTime<Utc>) -> bool,
) -> DateTime<Utc> {
    let (mut low, mut high) = (low.timestamp(), high.timestamp());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let is_past = DateTime::from_timestamp(middle, 0).is_some_and(&is_past);
        (low, high) = if is_past { (low, middle) } else { (middle, high) };
    }
    DateTime::from_timestamp(high, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
