//! A series made ready for models, which take no missing value.

use crate::gap;
use crate::{ForecastError, Series};

/// The past of a series: from its first known value to its last, gaps filled.
#[derive(Debug, Clone)]
pub(crate) struct History {
    /// A value for every period.
    pub(crate) values: Vec<f64>,
    /// Which of them were known, and not filled in.
    pub(crate) known: Vec<bool>,
    /// How many periods make a season; 1 when the grain has none.
    pub(crate) season: usize,
    /// How many periods at the series' end are missing. A forecast runs through them first, so
    /// that its intervals widen from the last known value on.
    pub(crate) pending: usize,
}

impl History {
    /// The past of `series`. Fails when it has no value at all.
    pub(crate) fn of(series: &Series) -> Result<Self, ForecastError> {
        let all = series.values();
        let first = all.iter().position(Option::is_some).ok_or(ForecastError::NoValues)?;
        let last = all.iter().rposition(Option::is_some).ok_or(ForecastError::NoValues)?;
        let season = series.grain().per_year() as usize;
        let present = &all[first..=last];
        Ok(Self {
            values: gap::filled(present, season),
            known: present.iter().map(Option::is_some).collect(),
            season,
            pending: all.len() - 1 - last,
        })
    }

    /// How many periods it covers.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values that were known.
    pub(crate) fn known_values(&self) -> Vec<f64> {
        self.values.iter().zip(&self.known).filter(|(_, known)| **known).map(|(value, _)| *value).collect()
    }
}
