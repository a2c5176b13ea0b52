//! Exponential smoothing around a season that may drift.
//!
//! The decomposition (STL: Cleveland, Cleveland, McRae, Terpenning 1990) is called in double
//! precision; augurs' own model of this name computes it in single.

use augurs::mstl::stlrs::Stl;

use super::ets::{self, Family};
use crate::ModelFailure;
use crate::projection::Projection;

pub(super) fn project(values: &[f64], season: usize, steps: usize) -> Result<Projection, ModelFailure> {
    if season < 2 {
        return Err(ModelFailure::NoSeason);
    }
    if values.len() <= 2 * season {
        return Err(ModelFailure::TooShort { needed: 2 * season + 1 });
    }
    if values.iter().any(|value| *value <= 0.0) {
        return decomposed(values, season, steps);
    }
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    Ok(exponential(decomposed(&logs, season, steps)?))
}

fn decomposed(values: &[f64], season: usize, steps: usize) -> Result<Projection, ModelFailure> {
    let parts = Stl::fit(values, season).map_err(|error| ModelFailure::NoFit(error.to_string()))?;
    let seasonal = parts.seasonal();
    let rest: Vec<f64> = values.iter().zip(seasonal).map(|(value, seasonal)| value - seasonal).collect();
    let mut projection = ets::project(&rest, steps, Family::Damped)?;
    let last_year = seasonal[seasonal.len() - season..].iter().cycle();
    for (value, seasonal) in projection.values.iter_mut().zip(last_year) {
        *value += seasonal;
    }
    Ok(projection)
}

/// Back from logarithms: there, to first order, a spread is relative to the value.
fn exponential(mut logs: Projection) -> Projection {
    for (value, spread) in logs.values.iter_mut().zip(&mut logs.spreads) {
        *value = value.exp();
        *spread *= *value;
    }
    logs
}
