//! Months, quarters and years: the calendar that KPIs live on.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// How many months one period of this grain has.
    pub fn months(self) -> u32 {
        match self {
            Grain::Month => 1,
            Grain::Quarter => 3,
            Grain::Year => 12,
        }
    }

    /// How many periods make a year: the seasonal period of a series of this grain.
    pub fn per_year(self) -> u32 {
        12 / self.months()
    }

    /// The name that is stored and typed; also Postgres' field for `date_trunc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }

    /// The grain of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Grain::Month, Grain::Quarter, Grain::Year].into_iter().find(|grain| grain.as_str() == name)
    }
}

/// Text that names no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date: say 2026-10, 2026-10-15, 2026-T3 or 2026")]
pub struct PeriodError(pub String);

/// One month, quarter or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    grain: Grain,
    start: NaiveDate,
}

impl Period {
    /// The period of `grain` that holds `day`.
    pub fn holding(grain: Grain, day: NaiveDate) -> Self {
        let months = grain.months();
        let month = (day.month0() / months) * months + 1;
        let start = NaiveDate::from_ymd_opt(day.year(), month, 1)
            .expect("the first of a month of an existing year exists");
        Self { grain, start }
    }

    /// The period of `grain` that `text` falls in. `text` is a day (`2026-10-15`), a month
    /// (`2026-10`), a quarter (`2026-T3`, `2026-Q3`) or a year (`2026`); text coarser than
    /// the grain means its last period, as "2025" asked of a monthly series is December.
    pub fn parse(grain: Grain, text: &str) -> Result<Self, PeriodError> {
        let text = text.trim();
        let wrong = || PeriodError(text.to_owned());
        let month = |year: &str, month: u32| {
            let year = year.parse().ok().filter(|year| (1900..=2200).contains(year));
            NaiveDate::from_ymd_opt(year.ok_or_else(wrong)?, month, 1).ok_or_else(wrong)
        };
        let parts: Vec<&str> = text.split('-').collect();
        let last_month = match parts[..] {
            [year] if year.len() == 4 => month(year, 12)?,
            [year, quarter] if quarter.starts_with(['T', 'Q', 't', 'q']) => {
                let number: u32 = quarter[1..].parse().map_err(|_| wrong())?;
                month(year, number.saturating_mul(3))?
            }
            [year, number] => month(year, number.parse().map_err(|_| wrong())?)?,
            [year, number, day] => {
                let day: u32 = day.parse().map_err(|_| wrong())?;
                let first = month(year, number.parse().map_err(|_| wrong())?)?;
                first.with_day(day).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        };
        Ok(Self::holding(grain, last_month))
    }

    /// Its first day: how a period is stored.
    pub fn start(self) -> NaiveDate {
        self.start
    }

    /// Its last day.
    pub fn end(self) -> NaiveDate {
        self.plus(1).start.pred_opt().expect("a first of month has a day before it")
    }

    /// Its length.
    pub fn grain(self) -> Grain {
        self.grain
    }

    /// The period `count` later.
    pub fn plus(self, count: u32) -> Self {
        let months = Months::new(count.saturating_mul(self.grain.months()));
        Self { start: self.start.checked_add_months(months).unwrap_or(NaiveDate::MAX), ..self }
    }

    /// The period `count` earlier.
    pub fn minus(self, count: u32) -> Self {
        let months = Months::new(count.saturating_mul(self.grain.months()));
        Self { start: self.start.checked_sub_months(months).unwrap_or(NaiveDate::MIN), ..self }
    }

    /// The same period a year earlier.
    pub fn year_before(self) -> Self {
        self.minus(self.grain.per_year())
    }

    /// How many periods later `self` is than `other` (negative when earlier).
    pub fn since(self, other: Self) -> i64 {
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        (months(self.start) - months(other.start)) / i64::from(self.grain.months())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.grain {
            Grain::Month => write!(f, "{}", self.start.format("%Y-%m")),
            Grain::Quarter => write!(f, "{}-T{}", self.start.year(), self.start.month0() / 3 + 1),
            Grain::Year => write!(f, "{}", self.start.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(grain: Grain, text: &str) -> String {
        Period::parse(grain, text).expect(text).to_string()
    }

    #[test]
    fn a_text_falls_in_the_period_that_holds_it() {
        assert_eq!(parsed(Grain::Month, "2026-10-15"), "2026-10");
        assert_eq!(parsed(Grain::Month, "2026-T3"), "2026-09");
        assert_eq!(parsed(Grain::Month, "2025"), "2025-12");
        assert_eq!(parsed(Grain::Quarter, "2026-10"), "2026-T4");
        assert_eq!(parsed(Grain::Quarter, "2026-q1"), "2026-T1");
        assert_eq!(parsed(Grain::Year, "2026-02-28"), "2026");
    }

    #[test]
    fn what_is_no_date_is_refused_with_its_own_text() {
        for text in
            ["", "2026-13", "2026-02-30", "2026-T5", "2026-T0", "hier", "26-01", "2026-1-2-3", "2026-té"]
        {
            assert_eq!(Period::parse(Grain::Month, text), Err(PeriodError(text.to_owned())));
        }
    }

    #[test]
    fn periods_step_over_year_ends() {
        let period = Period::parse(Grain::Quarter, "2025-T4").expect("a quarter");
        assert_eq!(period.plus(1).to_string(), "2026-T1");
        assert_eq!(period.year_before().to_string(), "2024-T4");
        assert_eq!(period.plus(5).since(period), 5);
        assert_eq!(period.end(), NaiveDate::from_ymd_opt(2025, 12, 31).expect("a day"));
    }
}
