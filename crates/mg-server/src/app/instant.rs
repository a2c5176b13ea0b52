//! An instant as people and programs write it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use mg_core::OpContext;

use crate::Problem;

/// Longest time back that is taken, days.
const MOST_DAYS: i64 = 36_500;

/// The instant that `text` names: RFC 3339 (`2026-11-21T06:00:00+01:00`), the beginning of a day in Paris
/// (`2026-11-21`), or how long ago it was (`30min`, `24h`, `7d`).
///
/// # Errors
///
/// `bad_instant` with these forms.
pub fn parse_instant(ctx: &OpContext, text: &str) -> Result<DateTime<Utc>, Problem> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    if let Ok(day) = text.parse::<NaiveDate>()
        && let Some(instant) = Paris.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest()
    {
        return Ok(instant.to_utc());
    }
    if let Some(ago) = ago(text) {
        return Ok(ctx.now() - ago);
    }
    Err(Problem::new(
        "bad_instant",
        format!("`{}` is no instant.", text.chars().take(40).collect::<String>()),
        "Write 2026-11-21T06:00:00+01:00, a day as 2026-11-21, or how long ago as 30min, 24h or 7d.",
    ))
}

/// Where something begins or ends, as somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// At this instant.
    At(DateTime<Utc>),
    /// Nowhere.
    Open,
}

impl Limit {
    /// The instant, if there is one.
    pub(crate) fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Limit::At(instant) => Some(instant),
            Limit::Open => None,
        }
    }
}

/// Where something begins: an instant as [`parse_instant`] takes it, or `none`.
///
/// # Errors
///
/// `bad_instant`.
pub fn parse_beginning(ctx: &OpContext, text: &str) -> Result<Limit, Problem> {
    if text.trim() == "none" { Ok(Limit::Open) } else { parse_instant(ctx, text).map(Limit::At) }
}

/// Where something ends: as [`parse_beginning`], but that a day is meant to its end.
///
/// # Errors
///
/// `bad_instant`.
pub fn parse_end(ctx: &OpContext, text: &str) -> Result<Limit, Problem> {
    let next = text.trim().parse::<NaiveDate>().ok().and_then(|day| day.succ_opt());
    let midnight = next.and_then(|day| Paris.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest());
    match midnight {
        Some(midnight) => Ok(Limit::At(midnight.to_utc() - TimeDelta::seconds(1))),
        None => parse_beginning(ctx, text),
    }
}

fn ago(text: &str) -> Option<TimeDelta> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit);
    let count: i64 = count.parse().ok()?;
    let ago = match unit.trim() {
        "s" => TimeDelta::try_seconds(count),
        "m" | "min" => TimeDelta::try_minutes(count),
        "h" => TimeDelta::try_hours(count),
        "d" | "j" => TimeDelta::try_days(count),
        _ => None,
    };
    ago.filter(|ago| ago.num_days() <= MOST_DAYS)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mg_core::{Face, FixedClock, Principal};

    use super::*;

    #[test]
    fn a_day_begins_at_its_beginning_and_ends_at_its_end() {
        let now = DateTime::parse_from_rfc3339("2026-11-21T12:00:00Z").expect("an instant").to_utc();
        let ctx = OpContext::new(Principal::operator(), Face::Cli, Arc::new(FixedClock(now)));
        let told = |limit: Result<Limit, Problem>| {
            limit.map(|limit| limit.instant().map_or("none".to_owned(), |at| at.to_rfc3339()))
        };
        // In Paris clocks change on that day: it has 25 hours.
        let day = "2026-10-25";
        assert_eq!(told(parse_beginning(&ctx, day)), Ok("2026-10-24T22:00:00+00:00".to_owned()));
        assert_eq!(told(parse_end(&ctx, day)), Ok("2026-10-25T22:59:59+00:00".to_owned()));
        for parse in [parse_beginning, parse_end] {
            let exact = "2026-10-25T06:00:00+00:00";
            assert_eq!(told(parse(&ctx, exact)), Ok(exact.to_owned()));
            assert_eq!(told(parse(&ctx, " none ")), Ok("none".to_owned()));
            assert_eq!(parse(&ctx, "never").map_err(|problem| problem.code), Err("bad_instant".to_owned()));
        }
    }

    #[test]
    fn an_instant_is_read_in_each_of_its_forms() {
        let now = DateTime::parse_from_rfc3339("2026-11-21T12:00:00Z").expect("an instant").to_utc();
        let ctx = OpContext::new(Principal::operator(), Face::Cli, Arc::new(FixedClock(now)));
        for (text, instant) in [
            ("2026-11-21T06:00:00+01:00", "2026-11-21T05:00:00+00:00"),
            ("2026-11-21", "2026-11-20T23:00:00+00:00"),
            ("2026-07-01", "2026-06-30T22:00:00+00:00"),
            ("30min", "2026-11-21T11:30:00+00:00"),
            ("24h", "2026-11-20T12:00:00+00:00"),
            (" 7d ", "2026-11-14T12:00:00+00:00"),
        ] {
            assert_eq!(parse_instant(&ctx, text).map(|at| at.to_rfc3339()), Ok(instant.to_owned()), "{text}");
        }
        for text in ["", "h", "1w", "-1h", "99999999999999999999h", "99999d", "2026-02-30", "yesterday"] {
            assert_eq!(
                parse_instant(&ctx, text).map_err(|problem| problem.code),
                Err("bad_instant".to_owned()),
                "{text}"
            );
        }
    }
}
