//! One zone's values, evenly spaced in the calendar.

use mg_core::{Grain, Period};

use crate::ForecastError;

/// The values of one KPI in one zone, one a period without a break; `None` is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    start: Period,
    values: Vec<Option<f64>>,
}

impl Series {
    /// The longest series: two centuries of months.
    pub const MAX_PERIODS: usize = 2_400;

    /// The largest size of a value: beyond it a float no longer counts single units.
    pub const MAX_VALUE: f64 = 1e15;

    /// A series of `values`, the first of which belongs to `start`; its grain is `start`'s.
    ///
    /// Fails on a value that is not finite or exceeds [`Series::MAX_VALUE`], and on more than
    /// [`Series::MAX_PERIODS`] values. A series without any value is one; it cannot be forecast.
    pub fn new(start: Period, values: Vec<Option<f64>>) -> Result<Self, ForecastError> {
        if values.len() > Self::MAX_PERIODS {
            return Err(ForecastError::TooLong { periods: values.len() });
        }
        for (offset, value) in (0..).zip(&values) {
            check_value(start.plus(offset), *value)?;
        }
        Ok(Self { start, values })
    }

    /// A series whose values were checked one by one before.
    pub(crate) fn of_checked(start: Period, values: Vec<Option<f64>>) -> Self {
        Self { start, values }
    }

    /// How long its periods are.
    pub fn grain(&self) -> Grain {
        self.start.grain()
    }

    /// The period of the first value.
    pub fn start(&self) -> Period {
        self.start
    }

    /// The values, oldest first.
    pub fn values(&self) -> &[Option<f64>] {
        &self.values
    }

    /// The period after the last value, missing or not: where a forecast starts.
    pub fn next_period(&self) -> Period {
        let length = u32::try_from(self.values.len()).expect("a series is at most MAX_PERIODS long");
        self.start.plus(length)
    }
}

/// Refuses what no model can compute with.
pub(crate) fn check_value(period: Period, value: Option<f64>) -> Result<(), ForecastError> {
    match value {
        Some(value) if !value.is_finite() || value.abs() > Series::MAX_VALUE => {
            Err(ForecastError::BadValue { period: period.start(), value })
        }
        _ => Ok(()),
    }
}
