//! augurs' exponential smoothing, without season, held to what can be relied on.

use augurs::ets::AutoETS;
use augurs::{Fit, Forecast, Predict};

use crate::ModelFailure;
use crate::projection::Projection;

/// Which models of exponential smoothing to search.
#[derive(Debug, Clone, Copy)]
pub(super) enum Family {
    /// Additive or multiplicative errors; no trend, a straight or a damped one.
    Any,
    /// Additive errors and a damped trend.
    Damped,
}

/// Fewer leave the search no degree of freedom for its largest model.
const FEWEST: usize = 10;

/// The level that intervals are asked at, and how many standard deviations it is. Only the
/// standard deviation is used.
const LEVEL: f64 = 0.95;
const DEVIATIONS: f64 = 1.959_964;

/// Spreads stay within this many times a random walk's. Multiplicative errors let them grow
/// without bound, to over 200 times the first step's within 18 months on M3.
const STEEPEST: f64 = 3.0;

pub(super) fn project(values: &[f64], steps: usize, family: Family) -> Result<Projection, ModelFailure> {
    if values.len() < FEWEST {
        return Err(ModelFailure::TooShort { needed: FEWEST });
    }
    if values.iter().all(|value| *value == values[0]) {
        return Ok(Projection::level(values[0], vec![0.0; steps]));
    }
    // The search starts from steps of a fixed size: it wants values near one.
    let unit = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
    let scaled: Vec<f64> = values.iter().map(|value| value / unit).collect();
    let fitted = fit(&scaled, steps, family).map_err(|error| ModelFailure::NoFit(error.to_string()))?;
    Ok(Projection {
        values: fitted.point.iter().map(|value| value * unit).collect(),
        spreads: spreads(&fitted).into_iter().map(|spread| spread * unit).collect(),
    })
}

fn fit(values: &[f64], steps: usize, family: Family) -> Result<Forecast, augurs::ets::Error> {
    let search = match family {
        Family::Any => AutoETS::new(1, "ZZN")?,
        Family::Damped => AutoETS::new(1, "AAN")?.damped(true)?,
    };
    search.fit(values)?.predict(steps, LEVEL)
}

fn spreads(fitted: &Forecast) -> Vec<f64> {
    let upper = fitted.intervals.iter().flat_map(|intervals| &intervals.upper);
    let raw: Vec<f64> = upper.zip(&fitted.point).map(|(upper, value)| (upper - value) / DEVIATIONS).collect();
    let first = raw.first().copied().unwrap_or(f64::NAN);
    let bound = |step: usize| STEEPEST * first * (step as f64).sqrt();
    // `min` takes the bound where the formula itself gave no number.
    raw.iter().zip(1..).map(|(spread, step)| spread.min(bound(step))).collect()
}
