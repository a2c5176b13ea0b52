//! The models, by name: the one table of what can be a candidate.

mod auto_ets;
mod ets;
mod mstl_ets;
mod recent_mean;
mod seasonal_naive;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ModelFailure;
use crate::projection::Projection;

/// A way to forecast, simplest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The mean of the last four values: what is left when nothing else can be fitted.
    RecentMean,
    /// Each period as the same period a year before; as the last one for yearly series.
    SeasonalNaive,
    /// Exponential smoothing, errors and trend chosen by AICc, of the series without its season.
    AutoEts,
    /// Damped exponential smoothing of what a decomposition by loess leaves, in logarithms where
    /// all values are positive. For series with a season.
    MstlEts,
}

impl Model {
    /// The models that are worth trying on any series, simplest first.
    pub const CANDIDATES: [Model; 3] = [Model::SeasonalNaive, Model::AutoEts, Model::MstlEts];

    const ALL: [Model; 4] = [Model::RecentMean, Model::SeasonalNaive, Model::AutoEts, Model::MstlEts];

    /// The name that is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Model::RecentMean => "recent_mean",
            Model::SeasonalNaive => "seasonal_naive",
            Model::AutoEts => "auto_ets",
            Model::MstlEts => "mstl_ets",
        }
    }

    /// What it expects of the `steps` periods after `values`, of which `season` make a year.
    pub(crate) fn project(
        self,
        values: &[f64],
        season: usize,
        steps: usize,
    ) -> Result<Projection, ModelFailure> {
        let projection = match self {
            Model::RecentMean => recent_mean::project(values, steps),
            Model::SeasonalNaive => seasonal_naive::project(values, season, steps),
            Model::AutoEts => auto_ets::project(values, season, steps),
            Model::MstlEts => mstl_ets::project(values, season, steps),
        };
        projection?.finite()
    }

    /// Whether it is there to be beaten rather than chosen.
    pub(crate) fn is_benchmark(self) -> bool {
        matches!(self, Model::RecentMean | Model::SeasonalNaive)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no model: say seasonal_naive, auto_ets, mstl_ets or recent_mean")]
pub struct UnknownModel(pub String);

impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(word: &str) -> Result<Self, UnknownModel> {
        Model::ALL
            .into_iter()
            .find(|model| model.as_str() == word)
            .ok_or_else(|| UnknownModel(word.to_owned()))
    }
}

/// The root of the mean square; 0 of nothing.
fn root_mean_square(errors: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = errors.fold((0.0, 0.0), |(sum, count), error| (sum + error * error, count + 1.0));
    if count > 0.0 { f64::sqrt(sum / count) } else { 0.0 }
}
