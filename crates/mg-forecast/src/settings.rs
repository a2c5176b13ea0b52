//! What a caller decides about a forecast.

use crate::{ForecastError, Model};

/// How far to look, and with which models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many periods to forecast, 1 to [`Settings::MAX_HORIZON`].
    pub horizon: u32,
    /// Whether the KPI cannot fall below zero: values and intervals are cut off there.
    pub non_negative: bool,
    /// The candidates, in any order.
    pub models: Vec<Model>,
}

impl Settings {
    /// The longest horizon: ten years of months.
    pub const MAX_HORIZON: u32 = 120;

    /// A forecast of `horizon` periods by the best of [`Model::CANDIDATES`], of a KPI that may
    /// be negative.
    pub fn new(horizon: u32) -> Self {
        Self { horizon, non_negative: false, models: Model::CANDIDATES.to_vec() }
    }

    /// The candidates, each once, simplest first.
    pub(crate) fn candidates(&self) -> Result<Vec<Model>, ForecastError> {
        let mut models = self.models.clone();
        models.sort_unstable();
        models.dedup();
        if models.is_empty() { Err(ForecastError::NoCandidates) } else { Ok(models) }
    }

    /// The horizon, once known to be one.
    pub(crate) fn steps(&self) -> Result<usize, ForecastError> {
        match self.horizon {
            1..=Self::MAX_HORIZON => Ok(self.horizon as usize),
            horizon => Err(ForecastError::BadHorizon { horizon }),
        }
    }
}
