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
