//! What can be wrong with a question, and why a model may have no answer to it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// Why there is no panel, no series or no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// A panel of no rows.
    #[error("no row to build a panel from")]
    NoRows,
    /// A row's day does not start a period of the panel's grain.
    #[error("zone {zone}: {day} does not start a {grain}")]
    OffCalendar {
        /// The zone of the row.
        zone: String,
        /// The day that it gives.
        day: NaiveDate,
        /// The grain of the panel.
        grain: &'static str,
    },
    /// Two rows for one zone and period.
    #[error("zone {zone}: more than one value for the period that starts {period}")]
    Duplicate {
        /// The zone of the rows.
        zone: String,
        /// The first day of their period.
        period: NaiveDate,
    },
    /// A value that is no number, or beyond what the arithmetic carries.
    #[error("{value} for the period that starts {period} is no usable number")]
    BadValue {
        /// The first day of the value's period.
        period: NaiveDate,
        /// The value.
        value: f64,
    },
    /// More periods between the first and the last than any KPI has.
    #[error("{periods} periods from first to last, of at most {}", crate::Series::MAX_PERIODS)]
    TooLong {
        /// How many periods the calendar would have.
        periods: usize,
    },
    /// A series of which nothing is known.
    #[error("the series has no value at all")]
    NoValues,
    /// A horizon of no period, or of too many.
    #[error("a horizon of {horizon} periods: say 1 to {}", Settings::MAX_HORIZON)]
    BadHorizon {
        /// The horizon asked for.
        horizon: u32,
    },
    /// Settings without a candidate.
    #[error("no candidate model")]
    NoCandidates,
    /// The data frame refused what the panel built.
    #[error("building the panel's frame")]
    Frame(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a model could not forecast a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ModelFailure {
    /// It needs more values than there are.
    #[error("needs {needed} values or more")]
    TooShort {
        /// The fewest values it takes.
        needed: usize,
    },
    /// It is for seasonal grains, and this one has no season.
    #[error("needs a grain with a season")]
    NoSeason,
    /// The fit did not succeed.
    #[error("could not be fitted: {0}")]
    NoFit(String),
    /// Its forecast is no number.
    #[error("left the range of numbers")]
    Diverged,
    /// Every past value it was tried on is missing, or the past before it never varied.
    #[error("has no past values to be measured on")]
    NothingToMeasure,
}
