//! What becomes of instants that nobody took in time.

use chrono::{DateTime, Utc};

use super::super::{Catchup, Schedule, cron};
use super::{Due, Missed};

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a test writes instants well").to_utc()
}

fn day(day: u32) -> DateTime<Utc> {
    instant(&format!("2027-01-{day:02}T06:00:00Z"))
}

fn left(first: u32, last: u32, too_old: bool) -> Missed {
    Missed { first: day(first), last: day(last), too_old }
}

/// What is due of a daily schedule at 06:00 whose next instant is the third.
fn due(schedule: &Schedule, now: &str) -> Due {
    let timetable = schedule.check().expect("it is well written");
    schedule.due(&timetable, "daily", day(3), instant(now))
}

fn next(number: u32) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((day(number), day(number)))
}

const TEN_DAYS_LATE: &str = "2027-01-13T08:00:00Z";

#[test]
fn an_instant_that_is_taken_in_time_is_fresh_whatever_the_rule() {
    for catchup in [Catchup::All, Catchup::Latest, Catchup::None] {
        let schedule = cron("0 6 * * *").catchup(catchup);
        let expected = Due { fresh: vec![day(3)], next: next(4), ..Due::default() };
        assert_eq!(due(&schedule, "2027-01-03T06:00:59Z"), expected);
        assert_eq!(due(&schedule, "2027-01-03T05:59:59Z"), Due { next: next(3), ..Due::default() });
    }
}

#[test]
fn of_a_long_downtime_the_latest_gets_one_run() {
    let latest = cron("0 6 * * *");
    let expected =
        Due { fresh: vec![day(13)], missed: vec![left(3, 12, false)], next: next(14), ..Due::default() };
    assert_eq!(due(&latest, TEN_DAYS_LATE), expected);
    // Also when the latest has just come.
    assert_eq!(due(&latest, "2027-01-13T06:00:01Z"), expected);
}

#[test]
fn years_of_minutes_make_one_run() {
    let minutes = cron("* * * * *");
    let timetable = minutes.check().expect("it is well written");
    let due = minutes.due(&timetable, "m", day(3), instant("2032-05-05T12:00:30Z"));
    assert_eq!(due.fresh, [instant("2032-05-05T12:00:00Z")]);
    assert_eq!((due.missed.len(), due.missed[0].last), (1, instant("2032-05-05T11:59:00Z")));
}

#[test]
fn none_leaves_what_was_missed_and_takes_what_comes() {
    let none = cron("0 6 * * *").catchup(Catchup::None);
    let expected = Due { missed: vec![left(3, 13, false)], next: next(14), ..Due::default() };
    assert_eq!(due(&none, TEN_DAYS_LATE), expected);
    let expected = Due { missed: vec![left(3, 12, false)], fresh: vec![day(13)], ..expected };
    assert_eq!(due(&none, "2027-01-13T06:00:01Z"), expected);
}

#[test]
fn all_get_a_run_each_within_the_window() {
    let all = cron("0 6 * * *").catchup(Catchup::All);
    let expected = Due { in_turn: (3..=13).map(day).collect(), next: next(14), ..Due::default() };
    assert_eq!(due(&all, TEN_DAYS_LATE), expected);

    let hours = |hours: u64| std::time::Duration::from_secs(hours * 3600);
    let lately = due(&all.clone().within(hours(49)), TEN_DAYS_LATE);
    assert_eq!((lately.in_turn, lately.missed), (vec![day(12), day(13)], vec![left(3, 11, true)]));
    let too_late = due(&cron("0 6 * * *").within(hours(1)), TEN_DAYS_LATE);
    assert_eq!((too_late.fresh, too_late.missed), (vec![], vec![left(3, 13, true)]));
    // A window that no calendar holds is none.
    let endless = due(&Schedule { window_s: Some(u64::MAX), ..all }, TEN_DAYS_LATE);
    assert_eq!(endless.in_turn.len(), 11);
}

#[test]
fn many_are_caught_up_by_hundreds() {
    let all = cron("* * * * *").catchup(Catchup::All);
    let timetable = all.check().expect("it is well written");
    let (mut next, now) = (day(3), instant("2027-01-03T10:00:30Z"));
    let mut found = Vec::new();
    for _ in 0..3 {
        let due = all.due(&timetable, "m", next, now);
        found.extend(due.in_turn.into_iter().chain(due.fresh));
        next = due.next.expect("it goes on").0;
    }
    let expected: Vec<_> = timetable.upcoming(day(3) - chrono::TimeDelta::seconds(1)).take(241).collect();
    assert_eq!(found, expected);
    assert_eq!(next, instant("2027-01-03T10:01:00Z"));
}

#[test]
fn a_run_that_is_put_off_is_not_late() {
    let put_off = cron("0 6 * * *").catchup(Catchup::None).jitter(std::time::Duration::from_secs(36_000));
    let at = put_off.due_at("daily", day(3));
    assert!(at > day(3) + chrono::TimeDelta::minutes(2), "the name was chosen so: {at}");
    let timetable = put_off.check().expect("it is well written");
    let early = put_off.due(&timetable, "daily", day(3), at - chrono::TimeDelta::seconds(1));
    assert_eq!((early.fresh, early.next), (vec![], Some((day(3), at))));
    assert_eq!(put_off.due(&timetable, "daily", day(3), at).fresh, [day(3)]);
    let late = put_off.due(&timetable, "daily", day(3), at + chrono::TimeDelta::minutes(1));
    assert_eq!((late.fresh, late.missed), (vec![], vec![left(3, 3, false)]));
}

#[test]
fn after_the_end_nothing_is_next() {
    let ended = cron("0 6 * * *").ending(day(5));
    let expected = Due { fresh: vec![day(5)], missed: vec![left(3, 4, false)], ..Due::default() };
    assert_eq!(due(&ended, TEN_DAYS_LATE), expected);
}
