//! A year ago, again.

use super::root_mean_square;
use crate::ModelFailure;
use crate::projection::Projection;

/// The variance adds up once a season (Hyndman and Athanasopoulos, Forecasting: Principles and
/// Practice, 3rd edition, section 5.5).
pub(super) fn project(values: &[f64], season: usize, steps: usize) -> Result<Projection, ModelFailure> {
    if values.len() <= season {
        return Err(ModelFailure::TooShort { needed: season + 1 });
    }
    let year = &values[values.len() - season..];
    let spread = root_mean_square(values[season..].iter().zip(values).map(|(later, before)| later - before));
    Ok(Projection {
        values: year.iter().copied().cycle().take(steps).collect(),
        spreads: (0..steps).map(|step| spread * ((1 + step / season) as f64).sqrt()).collect(),
    })
}
