//! How a model would have done: the series is cut at several past instants, forecast from
//! there, and compared with what came.
//!
//! The error is MASE, the mean absolute scaled error of Hyndman and Koehler (2006, Another look
//! at measures of forecast accuracy, International Journal of Forecasting 22):
//!
//! ```text
//! MASE = mean over steps of |y(t) - forecast(t)|  /  mean over the past of |y(t) - y(t - m)|
//! ```
//!
//! where m is the season and the past is what the model was given. Below 1, the model errs less than
//! repeating the year before did over that past. Missing values count in neither mean.

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::interval;
use crate::{Model, ModelFailure};

/// How one candidate did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// The candidate.
    pub model: Model,
    /// Its score, or why it has none.
    pub outcome: Outcome,
}

impl Backtest {
    /// Its score, when it has one.
    pub fn score(&self) -> Option<&Score> {
        match &self.outcome {
            Outcome::Scored(score) => Some(score),
            Outcome::Failed(_) => None,
        }
    }
}

/// What a backtest came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It could be measured.
    Scored(Score),
    /// It could not.
    Failed(ModelFailure),
}

/// How well a model forecast the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean of the origins' MASE.
    pub mase: f64,
    /// From how many past instants it forecast.
    pub origins: usize,
    /// The share of past values inside the 80 % interval, 0 to 1; each origin's interval is
    /// widened by what the other origins missed, as a forecast's is by all of them.
    pub coverage_80: f64,
    /// The same of the 95 % interval.
    pub coverage_95: f64,
    /// By how much its intervals need widening: a factor on its spread.
    pub widening: f64,
}

/// The most origins that are tried.
const ORIGINS: usize = 4;

/// The instants that `history` is cut at, latest first: how many values each leaves to the model.
///
/// The first stands half a span before the end, the others a third of a span apart, a span being
/// a year, or six periods where a year has fewer. Each is compared with the span that follows or
/// what there is of it: on M3's monthly series late and partly cut origins choose better models
/// than early and whole ones. None is so early that less than two seasons come before it.
pub(crate) fn origins(history: &History) -> Vec<usize> {
    let span = span(history);
    let fewest = (2 * history.season + 1).max(10);
    let before_end = (0..ORIGINS).map(|origin| span / 2 + origin * (span / 3));
    before_end.filter_map(|back| history.len().checked_sub(back)).filter(|kept| *kept >= fewest).collect()
}

fn span(history: &History) -> usize {
    history.season.max(6)
}

/// Tries `model` at each of `origins`; values are cut off at zero when `non_negative`.
pub(crate) fn run(history: &History, model: Model, origins: &[usize], non_negative: bool) -> Backtest {
    let replays: Result<Vec<_>, _> =
        origins.iter().map(|origin| replay(history, model, *origin, non_negative)).collect();
    let outcome = replays.and_then(|replays| {
        score(&replays.into_iter().flatten().collect::<Vec<_>>(), history.len())
            .ok_or(ModelFailure::NothingToMeasure)
    });
    Backtest { model, outcome: outcome.map_or_else(Outcome::Failed, Outcome::Scored) }
}

/// What one origin gave.
struct Replay {
    mase: f64,
    /// The errors, each in units of the spread foreseen for its step.
    surprises: Vec<f64>,
}

/// `None` when nothing known follows the origin or the past before it gives no scale.
fn replay(
    history: &History,
    model: Model,
    origin: usize,
    non_negative: bool,
) -> Result<Option<Replay>, ModelFailure> {
    let steps = span(history).min(history.len() - origin);
    let mut projection = model.project(&history.values[..origin], history.season, steps)?;
    if non_negative {
        projection = projection.cut_at_zero();
    }
    let (mut errors, mut surprises) = (Vec::new(), Vec::new());
    for step in (0..steps).filter(|step| history.known[origin + step]) {
        let error = (history.values[origin + step] - projection.values[step]).abs();
        errors.push(error);
        surprises.push(interval::surprise(error, projection.spreads[step]));
    }
    let scale = scale(history, origin);
    Ok(scale.filter(|_| !errors.is_empty()).map(|scale| Replay { mase: mean(&errors) / scale, surprises }))
}

/// The denominator of MASE before `origin`; the change from one period to the next serves where
/// every year repeats exactly. `None` where nothing ever changes.
fn scale(history: &History, origin: usize) -> Option<f64> {
    let change = |lag: usize| {
        let pairs = (lag..origin).filter(|index| history.known[*index] && history.known[index - lag]);
        let changes: Vec<f64> =
            pairs.map(|index| (history.values[index] - history.values[index - lag]).abs()).collect();
        (!changes.is_empty()).then(|| mean(&changes)).filter(|change| *change > 0.0)
    };
    change(history.season).or_else(|| change(1))
}

fn score(replays: &[Replay], length: usize) -> Option<Score> {
    if replays.is_empty() {
        return None;
    }
    let surprises: Vec<&[f64]> = replays.iter().map(|replay| replay.surprises.as_slice()).collect();
    let coverage = interval::cross_coverage(&surprises, length);
    Some(Score {
        mase: mean(&replays.iter().map(|replay| replay.mase).collect::<Vec<_>>()),
        origins: replays.len(),
        coverage_80: coverage.share_80,
        coverage_95: coverage.share_95,
        widening: interval::widening(surprises.iter().copied(), length),
    })
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
