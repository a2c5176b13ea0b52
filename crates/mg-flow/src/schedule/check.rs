//! What is wrong with a schedule, said so that it can be mended.

use chrono::{DateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::{Schedule, Timetable};

const DAY_S: u64 = 86_400;

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five fields.
    #[error(
        "`{cron}` has {fields} fields and not five: minute, hour, day of the month, month, day of the week; \
         `0 6 * * 1` is each Monday at 06:00"
    )]
    Fields {
        /// The expression.
        cron: String,
        /// How many fields it has.
        fields: usize,
    },
    /// A field that means nothing.
    #[error("`{cron}` is no cron expression: {reason}")]
    Cron {
        /// The expression.
        cron: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A zone that IANA does not list.
    #[error("`{zone}` is no IANA time zone; near it are {}", near.join(", "))]
    Zone {
        /// The name.
        zone: String,
        /// Names that are known, the nearest first.
        near: Vec<&'static str>,
    },
    /// The end comes before the start.
    #[error("the schedule starts at {start} and ends before that, at {end}")]
    Ends {
        /// When it starts.
        start: DateTime<Utc>,
        /// When it ends.
        end: DateTime<Utc>,
    },
    /// No day has such a date, as 30 February.
    #[error("`{0}` never comes: no day has that date")]
    Never(String),
    /// The jitter is more than a day.
    #[error("a run can be put off by at most a day, {DAY_S} s, and not by {jitter_s} s")]
    Jitter {
        /// What was asked for, seconds.
        jitter_s: u64,
    },
}

impl Schedule {
    /// The timetable that it means, if nothing is wrong with it.
    pub fn check(&self) -> Result<Timetable, ScheduleError> {
        let cron = parse(&self.cron)?;
        let zone = zone(&self.zone)?;
        if let (Some(start), Some(end)) = (self.starts_at, self.ends_at)
            && end < start
        {
            return Err(ScheduleError::Ends { start, end });
        }
        if self.jitter_s > DAY_S {
            return Err(ScheduleError::Jitter { jitter_s: self.jitter_s });
        }
        let endless = Timetable::new(cron, zone, None, None);
        if endless.next(DateTime::<Utc>::UNIX_EPOCH).is_none() {
            return Err(ScheduleError::Never(self.cron.clone()));
        }
        Ok(endless.between(self.starts_at, self.ends_at))
    }
}

fn parse(expression: &str) -> Result<Cron, ScheduleError> {
    let fields = expression.split_whitespace().count();
    if fields != 5 {
        return Err(ScheduleError::Fields { cron: expression.to_owned(), fields });
    }
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(expression)
        .map_err(|error| ScheduleError::Cron { cron: expression.to_owned(), reason: error.to_string() })
}

fn zone(name: &str) -> Result<Tz, ScheduleError> {
    name.parse().map_err(|_| ScheduleError::Zone { zone: name.to_owned(), near: near(name) })
}

/// The three zones whose names are most like `name`; the part behind the last slash counts alone
/// too, since `Paris` is what people write.
fn near(name: &str) -> Vec<&'static str> {
    let written = name.to_lowercase();
    let likeness = |zone: &Tz| {
        let known = zone.name().to_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        strsim::jaro_winkler(&written, &known).max(strsim::jaro_winkler(&written, city))
    };
    let mut zones: Vec<(f64, &'static str)> =
        TZ_VARIANTS.iter().map(|zone| (likeness(zone), zone.name())).collect();
    zones.sort_by(|a, b| b.0.total_cmp(&a.0));
    zones.into_iter().take(3).map(|(_, zone)| zone).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cron;
    use super::*;

    fn fault(schedule: &Schedule) -> String {
        schedule.check().expect_err("something is wrong with it").to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        assert!(fault(&cron("0 6 3 *")).contains("has 4 fields and not five"));
        assert!(fault(&cron("0 0 6 3 * *")).contains("has 6 fields"));
        assert!(fault(&cron("@daily")).contains("has 1 fields"));
        assert!(fault(&cron("61 6 * * *")).starts_with("`61 6 * * *` is no cron expression: "));
        assert!(fault(&cron("0 0 30 2 *")).contains("never comes"));
        let start = DateTime::UNIX_EPOCH + chrono::Duration::days(2);
        let ends = cron("0 6 * * *").starting(start).ending(DateTime::UNIX_EPOCH);
        assert!(fault(&ends).contains("ends before that"), "{}", fault(&ends));
        let jitter = cron("0 6 * * *").jitter(std::time::Duration::from_secs(90_000));
        assert_eq!(jitter.check().err(), Some(ScheduleError::Jitter { jitter_s: 90_000 }));
        assert!(cron("0 6 29 2 *").check().is_ok(), "a leap day comes");
    }

    #[test]
    fn an_unknown_zone_is_told_with_the_nearest_known() {
        for (written, meant) in [
            ("europe/paris", "Europe/Paris"),
            ("Paris", "Europe/Paris"),
            ("Europe/Pairs", "Europe/Paris"),
            ("America/NewYork", "America/New_York"),
        ] {
            let error = cron("0 6 * * *").in_zone(written).check().expect_err("it is unknown");
            let ScheduleError::Zone { near, .. } = &error else { panic!("{error}") };
            assert_eq!(near[0], meant, "{error}");
        }
    }
}
