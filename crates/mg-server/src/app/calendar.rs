//! `get_current_date`: what day it is where the data are from.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Europe::Paris;
use mg_core::{Grain, OpContext, Period};
use schemars::JsonSchema;
use serde::Serialize;

/// The last period of each length that is over, in the form that get_indicator takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CompletePeriods {
    /// The last month that is over, as 2026-10.
    pub month: String,
    /// The last quarter that is over, as 2026-T3.
    pub quarter: String,
    /// The last year that is over, as 2025.
    pub year: String,
}

/// A day and a time of day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CurrentDate {
    /// The day, YYYY-MM-DD.
    pub date: String,
    /// The time of day, HH:MM:SS.
    pub time: String,
    /// Both with the offset from UTC, RFC 3339.
    pub instant: String,
    /// The time zone.
    #[schemars(extend("enum" = ["Europe/Paris"]))]
    pub time_zone: String,
    /// Day of the week, in English.
    #[schemars(extend("enum" = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]))]
    pub weekday: String,
    /// Week by ISO 8601, as 2026-W47; its year may differ from the day's.
    pub iso_week: String,
    /// The present month, in the form that get_indicator takes.
    pub month: String,
    /// The present quarter, in the form that get_indicator takes.
    pub quarter: String,
    /// The present year, in the form that get_indicator takes.
    pub year: String,
    /// The periods that ended last. Sources complete theirs later: list_kpis tells each KPI's.
    pub last_complete: CompletePeriods,
}

/// The day and time in Paris.
pub fn current_date(ctx: &OpContext) -> CurrentDate {
    in_paris(ctx.now())
}

fn in_paris(instant: DateTime<Utc>) -> CurrentDate {
    let local = instant.with_timezone(&Paris);
    let day = local.date_naive();
    let week = day.iso_week();
    let present = |grain| Period::holding(grain, day);
    CurrentDate {
        date: day.to_string(),
        time: local.format("%H:%M:%S").to_string(),
        instant: local.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        time_zone: Paris.name().to_owned(),
        weekday: local.format("%A").to_string(),
        iso_week: format!("{}-W{:02}", week.year(), week.week()),
        month: present(Grain::Month).to_string(),
        quarter: present(Grain::Quarter).to_string(),
        year: present(Grain::Year).to_string(),
        last_complete: CompletePeriods {
            month: present(Grain::Month).minus(1).to_string(),
            quarter: present(Grain::Quarter).minus(1).to_string(),
            year: present(Grain::Year).minus(1).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instant: &str) -> CurrentDate {
        in_paris(instant.parse().expect("an instant"))
    }

    #[test]
    fn the_day_is_that_of_paris_in_winter_and_in_summer() {
        let new_year = at("2025-12-31T23:30:00Z");
        assert_eq!((new_year.date.as_str(), new_year.time.as_str()), ("2026-01-01", "00:30:00"));
        assert_eq!(new_year.instant, "2026-01-01T00:30:00+01:00");
        assert_eq!((new_year.weekday.as_str(), new_year.iso_week.as_str()), ("Thursday", "2026-W01"));
        assert_eq!((new_year.month.as_str(), new_year.quarter.as_str()), ("2026-01", "2026-T1"));
        let before = new_year.last_complete;
        assert_eq!((before.month.as_str(), before.quarter.as_str()), ("2025-12", "2025-T4"));
        assert_eq!(before.year, "2025");
        assert_eq!(at("2026-07-01T12:00:00Z").instant, "2026-07-01T14:00:00+02:00");
    }

    #[test]
    fn a_week_may_belong_to_the_year_before() {
        assert_eq!(at("2027-01-02T12:00:00Z").iso_week, "2026-W53");
    }
}
