//! Many zones' values of one KPI, in one frame.

use chrono::NaiveDate;
use mg_core::{Grain, Period};
use polars::prelude::{Column, DataFrame, PolarsError, df};

use crate::series::check_value;
use crate::{ForecastError, Series};

const ZONE: &str = "zone";
const PERIOD: &str = "period";
const VALUE: &str = "value";

/// One row of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Where: a commune's code, or the name of a larger zone.
    pub zone: String,
    /// When: the first day of the period.
    pub period: NaiveDate,
    /// How much; `None` when it is not known.
    pub value: Option<f64>,
}

/// Many zones' values of one KPI at one grain.
///
/// Sorted by zone and period. Every zone has a row for every period from the panel's first to its
/// last, so that all zones' forecasts start together; rows that were not given are missing values.
#[derive(Debug, Clone)]
pub struct Panel {
    first: Period,
    periods: usize,
    frame: DataFrame,
}

impl Panel {
    /// A panel of `rows`, in any order.
    ///
    /// Fails when there is none, when a row's day starts no period of `grain`, when two rows have
    /// the same zone and period, on values that [`Series::new`] refuses, and when first and last
    /// period are more than [`Series::MAX_PERIODS`] apart.
    pub fn from_rows(
        grain: Grain,
        rows: impl IntoIterator<Item = Observation>,
    ) -> Result<Self, ForecastError> {
        let mut rows: Vec<Observation> = rows.into_iter().collect();
        for row in &rows {
            check(grain, row)?;
        }
        rows.sort_by(|one, other| (&one.zone, one.period).cmp(&(&other.zone, other.period)));
        if let Some(pair) = rows.windows(2).find(|pair| same_cell(&pair[0], &pair[1])) {
            return Err(ForecastError::Duplicate { zone: pair[0].zone.clone(), period: pair[0].period });
        }
        let (first, periods) = calendar(grain, &rows)?;
        let frame = complete(&rows, first, periods).map_err(|error| ForecastError::Frame(error.into()))?;
        Ok(Self { first, periods, frame })
    }

    /// How long its periods are.
    pub fn grain(&self) -> Grain {
        self.first.grain()
    }

    /// The zones, in order.
    pub fn zones(&self) -> Vec<String> {
        let names = self.column(ZONE).str().expect("zones are text");
        (0..names.len()).step_by(self.periods).filter_map(|row| names.get(row).map(str::to_owned)).collect()
    }

    /// The values of `zone`, from the panel's first period to its last; `None` when it has none.
    pub fn series(&self, zone: &str) -> Option<Series> {
        let position = self.zones().iter().position(|name| name == zone)?;
        let values = self.column(VALUE).f64().expect("values are numbers");
        let rows = position * self.periods..(position + 1) * self.periods;
        Some(Series::of_checked(self.first, rows.map(|row| values.get(row)).collect()))
    }

    fn column(&self, name: &str) -> &Column {
        self.frame.column(name).expect("a panel's frame has its three columns")
    }
}

fn check(grain: Grain, row: &Observation) -> Result<(), ForecastError> {
    let period = Period::holding(grain, row.period);
    if period.start() != row.period {
        let (zone, day, grain) = (row.zone.clone(), row.period, grain.as_str());
        return Err(ForecastError::OffCalendar { zone, day, grain });
    }
    check_value(period, row.value)
}

fn same_cell(one: &Observation, other: &Observation) -> bool {
    one.zone == other.zone && one.period == other.period
}

/// The first period of `rows` and how many there are to the last.
fn calendar(grain: Grain, rows: &[Observation]) -> Result<(Period, usize), ForecastError> {
    let days = || rows.iter().map(|row| Period::holding(grain, row.period));
    let (Some(first), Some(last)) =
        (days().min_by_key(|day| day.start()), days().max_by_key(|day| day.start()))
    else {
        return Err(ForecastError::NoRows);
    };
    let periods = usize::try_from(last.since(first)).expect("the last period is not before the first") + 1;
    if periods > Series::MAX_PERIODS { Err(ForecastError::TooLong { periods }) } else { Ok((first, periods)) }
}

/// A frame with a row for every zone of the sorted `rows` and every period of the calendar.
fn complete(rows: &[Observation], first: Period, periods: usize) -> Result<DataFrame, PolarsError> {
    let calendar: Vec<NaiveDate> = (0..).take(periods).map(|offset| first.plus(offset).start()).collect();
    let (mut zones, mut days, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for zone in rows.chunk_by(|one, other| one.zone == other.zone) {
        let mut given = zone.iter().peekable();
        for day in &calendar {
            zones.push(zone[0].zone.as_str());
            days.push(*day);
            values.push(given.next_if(|row| row.period == *day).and_then(|row| row.value));
        }
    }
    df!(ZONE => zones, PERIOD => days, VALUE => values)
}
