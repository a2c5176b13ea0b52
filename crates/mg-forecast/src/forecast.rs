//! A forecast, and how it comes about.

use std::fmt;

use chrono::NaiveDate;
use mg_core::Period;
use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::interval::{self, HalfWidths};
use crate::projection::Projection;
use crate::{Backtest, ForecastError, Model, Series, Settings, backtest, choice};

/// What is expected of a series, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The model that made it.
    pub model: Model,
    /// That model's error in backtests, see [`Score::mase`](crate::Score::mase); `None` when it
    /// could not be measured.
    pub mase: Option<f64>,
    /// Every candidate that was tried, simplest first; empty when the series is too short or too
    /// plain to try any.
    pub backtests: Vec<Backtest>,
    /// The periods after the series' last one, missing or not, in order: as many as the horizon.
    pub steps: Vec<Step>,
    /// What kept the usual way from being taken.
    pub note: Option<Note>,
}

/// One forecast period. `low_95 <= low_80 <= value <= high_80 <= high_95`, all finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The first day of the period.
    pub period: NaiveDate,
    /// The expected value.
    pub value: f64,
    /// The lower end of the interval that holds four values in five.
    pub low_80: f64,
    /// Its upper end.
    pub high_80: f64,
    /// The lower end of the interval that holds nineteen values in twenty.
    pub low_95: f64,
    /// Its upper end.
    pub high_95: f64,
}

/// Why a forecast is plainer than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// All known values are zero.
    AllZero,
    /// All known values are the same, or there is but one.
    Constant,
    /// More than half of the values are missing.
    Sparse,
    /// Too few values to try candidates on the past.
    Short,
    /// No candidate could be measured on the past.
    Unmeasured,
}

impl Note {
    /// The name that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Note::AllZero => "all_zero",
            Note::Constant => "constant",
            Note::Sparse => "sparse",
            Note::Short => "short",
            Note::Unmeasured => "unmeasured",
        }
    }
}

impl fmt::Display for Note {
    /// One plain sentence for a reader.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Note::AllZero => "All known values are zero; the forecast repeats it.",
            Note::Constant => "The known values never vary; the forecast repeats them.",
            Note::Sparse => "More than half of the values are missing; the forecast is a recent mean.",
            Note::Short => "Too few values to compare models on the past; the error is not measured.",
            Note::Unmeasured => "No model could be compared on the past; the error is not measured.",
        })
    }
}

/// Forecasts `series` by the best of the candidates of `settings`.
///
/// The choice depends on the series alone and not on the horizon. It starts after the series'
/// last period even when values are missing there; the missing ones are forecast on the way, so
/// intervals are as wide as the distance to the last known value asks.
///
/// Fails on a series without any value and on settings that ask for nothing.
pub fn forecast(series: &Series, settings: &Settings) -> Result<Forecast, ForecastError> {
    let horizon = settings.steps()?;
    let candidates = settings.candidates()?;
    let history = History::of(series)?;
    let ahead = history.pending + horizon;
    let mut answer = match plain(&history, ahead) {
        Some(answer) => answer,
        None => chosen(&history, &candidates, settings.non_negative, ahead),
    };
    if settings.non_negative {
        answer.projection = answer.projection.cut_at_zero();
    }
    let steps = answer.steps(series.next_period(), history.pending, settings.non_negative);
    let Answer { model, mase, backtests, note, .. } = answer;
    Ok(Forecast { model, mase, backtests, steps, note })
}

/// A forecast that is not yet set in the calendar; spreads are final.
struct Answer {
    model: Model,
    mase: Option<f64>,
    backtests: Vec<Backtest>,
    note: Option<Note>,
    projection: Projection,
}

impl Answer {
    fn steps(&self, first: Period, skipped: usize, non_negative: bool) -> Vec<Step> {
        let floor = if non_negative { 0.0 } else { f64::NEG_INFINITY };
        let ahead = self.projection.values.iter().zip(&self.projection.spreads).skip(skipped);
        let step = |(offset, (value, spread)): (u32, (&f64, &f64))| {
            let half = HalfWidths::of(*spread);
            Step {
                period: first.plus(offset).start(),
                value: *value,
                low_80: (value - half.half_80).max(floor),
                high_80: value + half.half_80,
                low_95: (value - half.half_95).max(floor),
                high_95: value + half.half_95,
            }
        };
        (0..).zip(ahead).map(step).collect()
    }
}

/// The answer where there is nothing to model.
fn plain(history: &History, ahead: usize) -> Option<Answer> {
    let known = history.known_values();
    let note = if known.iter().all(|value| *value == 0.0) {
        Note::AllZero
    } else if known.iter().all(|value| *value == known[0]) {
        Note::Constant
    } else if known.len() * 2 < history.len() {
        return Some(recent(&known, ahead, Note::Sparse));
    } else {
        return None;
    };
    let projection = Projection::level(known[0], unmoved(known[0], known.len(), ahead));
    Some(Answer { model: Model::RecentMean, mase: None, backtests: Vec::new(), note: Some(note), projection })
}

/// The spreads of a series that never moved in `known` periods. By Laplace's rule of succession
/// it moves within the next h with probability h / (known + h); a move is reckoned at the size of
/// the value, or at one where that is zero. The spread is the root of the expected square.
fn unmoved(value: f64, known: usize, ahead: usize) -> Vec<f64> {
    let size = if value == 0.0 { 1.0 } else { value.abs() };
    (1..=ahead).map(|step| size * (step as f64 / (known + step) as f64).sqrt()).collect()
}

/// The best candidate's answer.
fn chosen(history: &History, candidates: &[Model], non_negative: bool, ahead: usize) -> Answer {
    let origins = backtest::origins(history);
    if origins.is_empty() {
        return untested(history, candidates, ahead, Note::Short);
    }
    let backtests: Vec<Backtest> =
        candidates.iter().map(|model| backtest::run(history, *model, &origins, non_negative)).collect();
    for best in choice::ranked(&backtests) {
        let Some(score) = best.score() else { continue };
        if let Ok(projection) = best.model.project(&history.values, history.season, ahead) {
            let (model, mase, widening) = (best.model, Some(score.mase), score.widening);
            return Answer { model, mase, backtests, note: None, projection: widened(projection, widening) };
        }
    }
    Answer { backtests, ..untested(history, candidates, ahead, Note::Unmeasured) }
}

/// The first candidate that fits, those that did best on M3 first: on series too short to choose
/// by, that is exponential smoothing from ten values on.
fn untested(history: &History, candidates: &[Model], ahead: usize, note: Note) -> Answer {
    let preferred = [Model::AutoEts, Model::MstlEts, Model::SeasonalNaive];
    for model in preferred.into_iter().filter(|model| candidates.contains(model)) {
        if let Ok(projection) = model.project(&history.values, history.season, ahead) {
            let projection = widened(projection, interval::widening(std::iter::empty(), history.len()));
            return Answer { model, mase: None, backtests: Vec::new(), note: Some(note), projection };
        }
    }
    recent(&history.values, ahead, note)
}

fn recent(values: &[f64], ahead: usize, note: Note) -> Answer {
    let projection =
        Model::RecentMean.project(values, 1, ahead).expect("a mean of one bounded value or more is a number");
    Answer { model: Model::RecentMean, mase: None, backtests: Vec::new(), note: Some(note), projection }
}

fn widened(mut projection: Projection, factor: f64) -> Projection {
    for spread in &mut projection.spreads {
        *spread *= factor;
    }
    projection
}
