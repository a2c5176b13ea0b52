//! Exponential smoothing around a fixed season.
//!
//! augurs' search has no seasonal components yet, and asked for them leaves them out silently.
//! So the season is found and taken out before, and put back after.

use super::ets::{self, Family};
use crate::ModelFailure;
use crate::projection::Projection;
use crate::season::Season;

pub(super) fn project(values: &[f64], period: usize, steps: usize) -> Result<Projection, ModelFailure> {
    let Some(season) = Season::of(values, period) else {
        return ets::project(values, steps, Family::Any);
    };
    let projection = ets::project(&season.removed(values), steps, Family::Any)?;
    Ok(season.restored(projection, values.len()))
}
