//! Schedules over every zone and each change of its clocks, and the cases that others got wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::super::{Schedule, cron};
use super::Timetable;

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a test writes instants well").to_utc()
}

/// The next `count` instants after `after`, as clocks of the zone show them.
fn next(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let timetable = schedule.check().expect("it is well written");
    let zone: Tz = schedule.zone.parse().expect("it was checked");
    let shown = |instant: DateTime<Utc>| instant.with_timezone(&zone).format("%d %H:%M %z").to_string();
    timetable.upcoming(instant(after)).take(count).map(shown).collect()
}

#[test]
fn a_time_that_clocks_leave_out_comes_when_they_are_put_forward() {
    let paris = cron("30 2 * * *").in_zone("Europe/Paris");
    let shown = next(&paris, "2027-03-27T00:00:00Z", 3);
    assert_eq!(shown, ["27 02:30 +0100", "28 03:00 +0200", "29 02:30 +0200"]);
    // Also where it is one of several, or of one day of the week only.
    let list = cron("0,30 2,14 * * 0").in_zone("Europe/Paris");
    assert_eq!(
        next(&list, "2027-03-27T00:00:00Z", 3),
        ["28 03:00 +0200", "28 14:00 +0200", "28 14:30 +0200"]
    );
}

#[test]
fn a_time_that_clocks_show_twice_comes_once() {
    let paris = cron("30 2 * * *").in_zone("Europe/Paris");
    assert_eq!(
        next(&paris, "2027-10-30T00:00:00Z", 3),
        ["30 02:30 +0200", "31 02:30 +0200", "01 02:30 +0100"]
    );
    let list = cron("30 2,14 * * *").in_zone("Europe/Paris");
    assert_eq!(
        next(&list, "2027-10-30T22:00:00Z", 3),
        ["31 02:30 +0200", "31 14:30 +0100", "01 02:30 +0100"]
    );
    // Asked in the middle of the hour that is shown anew.
    assert_eq!(next(&paris, "2027-10-31T01:10:00Z", 1), ["01 02:30 +0100"]);
}

#[test]
fn an_interval_goes_on_evenly_where_clocks_change() {
    let half_hours = cron("*/30 * * * *").in_zone("Europe/Paris");
    let forward = ["28 01:30 +0100", "28 03:00 +0200", "28 03:30 +0200"];
    assert_eq!(next(&half_hours, "2027-03-28T00:00:00Z", 3), forward);
    let back = ["31 02:00 +0200", "31 02:30 +0200", "31 02:00 +0100", "31 02:30 +0100", "31 03:00 +0100"];
    assert_eq!(next(&half_hours, "2027-10-30T23:30:00Z", 5), back);
}

#[test]
fn midnight_in_london_comes_once_when_clocks_are_put_forward() {
    let london = cron("0 0 * * *").in_zone("Europe/London");
    assert_eq!(next(&london, "2027-03-27T12:00:00Z", 2), ["28 00:00 +0000", "29 00:00 +0100"]);
    // In Cairo midnight itself is left out.
    let cairo = cron("0 0 * * 5").in_zone("Africa/Cairo");
    assert_eq!(next(&cairo, "2027-04-28T12:00:00Z", 1), ["30 01:00 +0300"]);
}

#[test]
fn start_and_end_are_instants_themselves() {
    let (start, end) = (instant("2027-01-02T06:00:00Z"), instant("2027-01-04T06:00:00Z"));
    let bounded = cron("0 6 * * *").starting(start).ending(end);
    let days = next(&bounded, "2020-01-01T00:00:00Z", 9);
    assert_eq!(days, ["02 06:00 +0000", "03 06:00 +0000", "04 06:00 +0000"]);
}

#[test]
fn the_last_instant_is_found_from_the_end() {
    let after = instant("2020-01-01T00:00:00Z");
    let last = |expression: &str, until: &str| {
        let timetable = cron(expression).check().expect("it is well written");
        timetable.last(after, instant(until)).map(|last| last.to_rfc3339())
    };
    assert_eq!(last("* * * * *", "2035-05-05T12:00:30Z").as_deref(), Some("2035-05-05T12:00:00+00:00"));
    assert_eq!(last("0 6 29 2 *", "2027-12-31T00:00:00Z").as_deref(), Some("2024-02-29T06:00:00+00:00"));
    assert_eq!(last("0 6 29 2 *", "2020-02-28T00:00:00Z"), None);
}

proptest! {
    #[test]
    fn jitter_is_the_same_for_the_same_name_and_instant_and_within_its_bounds(
        seconds in 0_i64..4_000_000_000, most in 0_u64..86_400,
    ) {
        let at = DateTime::from_timestamp(seconds, 0).expect("it is in range");
        let put_off = Timetable::jitter("a", at, most);
        prop_assert!(put_off.as_secs_f64() <= most as f64);
        prop_assert_eq!(put_off, Timetable::jitter("a", at, most));
    }
}

#[test]
fn jitter_spreads_names_and_instants() {
    let at = |day: i64| instant("2027-01-01T06:00:00Z") + TimeDelta::days(day);
    let spread: BTreeSet<_> =
        (0..50).flat_map(|day| ["a", "b"].map(|name| Timetable::jitter(name, at(day), 3600))).collect();
    assert_eq!(spread.len(), 100);
}

/// When the clocks of a zone change, and by how many seconds.
type Changes = Vec<(DateTime<Utc>, i64)>;

/// Every zone of IANA with each change of its clocks from 2020 to 2035. Of zones whose clocks showed
/// the same all the time, one stands for all.
fn zones() -> impl Iterator<Item = (Tz, Changes)> {
    let different: BTreeMap<(i64, Changes), Tz> = TZ_VARIANTS
        .into_iter()
        .map(|zone| ((offset(zone, instant("2020-01-01T00:00:00Z")), changes(zone)), zone))
        .collect();
    different.into_iter().map(|((_, changes), zone)| (zone, changes))
}

fn offset(zone: Tz, instant: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc())
}

fn changes(zone: Tz) -> Changes {
    // No clock of these years was changed twice within a week.
    let step = TimeDelta::weeks(1);
    let minutes: Vec<i64> = (0..=step.num_minutes()).collect();
    let starts = std::iter::successors(Some(instant("2020-01-01T00:00:00Z")), |start| Some(*start + step));
    starts
        .take_while(|start| *start < instant("2036-01-01T00:00:00Z"))
        .map(|start| (start, offset(zone, start), offset(zone, start + step)))
        .filter(|(_, before, after)| before != after)
        .map(|(start, before, after)| {
            let is_before = |minute: &i64| offset(zone, start + TimeDelta::minutes(*minute)) == before;
            let first = minutes[minutes.partition_point(is_before)];
            (start + TimeDelta::minutes(first), after - before)
        })
        .collect()
}

#[test]
fn the_zones_that_are_looked_at_are_many() {
    assert!(TZ_VARIANTS.len() > 590);
    let changes: Vec<usize> = zones().map(|(_, changes)| changes.len()).collect();
    assert!(changes.len() > 70, "{} different zones", changes.len());
    assert!(changes.iter().sum::<usize>() > 800, "{changes:?}");
}

/// The minutes of a day and a bit before and after a change of clocks, each with what clocks show.
fn minutes(zone: Tz, (change, by): (DateTime<Utc>, i64)) -> Vec<(DateTime<Utc>, NaiveDateTime)> {
    let before = offset(zone, change) - by;
    (-1600..1600)
        .map(|minute| (minute, change + TimeDelta::minutes(minute)))
        .map(|(minute, at)| (at, before + if minute < 0 { 0 } else { by }))
        .map(|(at, offset)| (at, at.naive_utc() + TimeDelta::seconds(offset)))
        .collect()
}

/// What the schedule has between the first and the last of `minutes`, the first excluded.
fn instants(expression: &str, zone: Tz, minutes: &[(DateTime<Utc>, NaiveDateTime)]) -> Vec<DateTime<Utc>> {
    let timetable = cron(expression).in_zone(zone.name()).check().expect("it is well written");
    let end = minutes[minutes.len() - 1].0;
    timetable.upcoming(minutes[0].0).take_while(|instant| *instant <= end).collect()
}

/// Every zone, every change of its clocks: an interval has each minute in which clocks show it, no
/// more and no less, found here by looking at each minute.
#[test]
fn intervals_have_every_minute_that_clocks_show_and_no_other() {
    for (zone, changes) in zones() {
        for (change, by) in changes {
            let minutes = minutes(zone, (change, by));
            for (expression, step) in [("*/30 * * * *", 30), ("17 * * * *", 60)] {
                let expected: Vec<DateTime<Utc>> = minutes[1..]
                    .iter()
                    .filter(|(_, shown)| i64::from(shown.minute()) % step == if step == 60 { 17 } else { 0 })
                    .map(|(instant, _)| *instant)
                    .collect();
                let found = instants(expression, zone, &minutes);
                assert_eq!(found, expected, "{expression} in {zone} around {change}");
                let even = by % (step * 60) == 0;
                let gaps = found.windows(2).map(|pair| (pair[1] - pair[0]).num_minutes());
                assert!(
                    gaps.into_iter().all(|gap| !even || gap == step),
                    "{expression} in {zone} around {change} is uneven"
                );
            }
        }
    }
}

/// Every zone, every change of its clocks: a time of the day comes once for each day that clocks
/// show, at its first showing; where they leave it out, at the change.
#[test]
fn times_of_the_day_come_once_a_day() {
    for (zone, changes) in zones() {
        for (change, by) in changes {
            let minutes = minutes(zone, (change, by));
            let moved = by.abs() / 60;
            let mut shown = BTreeMap::new();
            for (instant, local) in &minutes[1..] {
                shown.entry(*local).or_insert(*instant);
            }
            // Times in and about what is left out or shown twice.
            let clock = (change - TimeDelta::minutes(1)).with_timezone(&zone).naive_local().time();
            for distance in [-moved - 30, -moved, -30, 0, 1, 15, 30, moved, moved + 1] {
                let time = clock.overflowing_add_signed(TimeDelta::minutes(distance)).0;
                let expected = once_a_day(&shown, change, time);
                let expression = format!("{} {} * * *", time.minute(), time.hour());
                let found = instants(&expression, zone, &minutes);
                assert_eq!(found, expected, "{expression} in {zone} around {change}");
            }
        }
    }
}

/// For each day of which `shown` holds `time`, the first instant that shows it; else the change, on the
/// day that lacks it.
fn once_a_day(
    shown: &BTreeMap<NaiveDateTime, DateTime<Utc>>,
    change: DateTime<Utc>,
    time: NaiveTime,
) -> Vec<DateTime<Utc>> {
    let (Some((first, _)), Some((last, _))) = (shown.first_key_value(), shown.last_key_value()) else {
        panic!("minutes are shown");
    };
    let days = first.date().iter_days().take_while(|day| *day <= last.date());
    let wanted = days.map(|day| day.and_time(time)).filter(|wanted| (first..=last).contains(&wanted));
    let found: BTreeSet<_> = wanted.map(|wanted| shown.get(&wanted).copied().unwrap_or(change)).collect();
    found.into_iter().collect()
}
