//! The season of a series: whether it has one, and what it is.
//!
//! Classical decomposition: a centred moving average over one season is the trend; what a
//! calendar month departs from it, on average, is its index.

use crate::projection::Projection;

/// How a season joins the rest of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is added.
    Additive,
    /// It multiplies; for positive values only.
    Multiplicative,
}

/// A season that repeats: one index a period of the year.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Season {
    kind: Kind,
    indices: Vec<f64>,
}

impl Season {
    /// The season of `values`, of the kind that explains them better; none when they are too
    /// few or do not repeat.
    pub(crate) fn of(values: &[f64], period: usize) -> Option<Self> {
        if !repeats(values, period) {
            return None;
        }
        let trend = trend(values, period);
        let additive = Self::of_kind(values, period, Kind::Additive);
        if values.iter().any(|value| *value <= 0.0) {
            return Some(additive);
        }
        let multiplicative = Self::of_kind(values, period, Kind::Multiplicative);
        let better = multiplicative.misfit(values, &trend) < additive.misfit(values, &trend);
        Some(if better { multiplicative } else { additive })
    }

    fn of_kind(values: &[f64], period: usize, kind: Kind) -> Self {
        Self { kind, indices: indices(values, &vec![true; values.len()], period, kind) }
    }

    /// The values without their season.
    pub(crate) fn removed(&self, values: &[f64]) -> Vec<f64> {
        let without = |(index, value): (usize, &f64)| match self.kind {
            Kind::Additive => value - self.index(index),
            Kind::Multiplicative => value / self.index(index),
        };
        values.iter().enumerate().map(without).collect()
    }

    /// A projection of deseasonalised values, `length` of them, with the season put back.
    pub(crate) fn restored(&self, mut projection: Projection, length: usize) -> Projection {
        let steps = projection.values.iter_mut().zip(&mut projection.spreads);
        for (step, (value, spread)) in steps.enumerate() {
            let index = self.index(length + step);
            match self.kind {
                Kind::Additive => *value += index,
                Kind::Multiplicative => {
                    *value *= index;
                    *spread *= index;
                }
            }
        }
        projection
    }

    fn index(&self, position: usize) -> f64 {
        self.indices[position % self.indices.len()]
    }

    /// The sum of squares that trend and season together leave unexplained.
    fn misfit(&self, values: &[f64], trend: &[Option<f64>]) -> f64 {
        let explained = |index: usize, trend: f64| match self.kind {
            Kind::Additive => trend + self.index(index),
            Kind::Multiplicative => trend * self.index(index),
        };
        let known = values.iter().zip(trend).enumerate();
        known
            .filter_map(|(index, (value, trend))| {
                trend.map(|trend| (value - explained(index, trend)).powi(2))
            })
            .sum()
    }
}

/// The index of each of the `period` phases, first value's phase first, from the values that
/// `known` marks; they average 0 (additive) or 1 (multiplicative).
pub(crate) fn indices(values: &[f64], known: &[bool], period: usize, kind: Kind) -> Vec<f64> {
    let neutral = if kind == Kind::Additive { 0.0 } else { 1.0 };
    let mut sums = vec![(0.0, 0.0); period];
    for (index, trend) in trend(values, period).into_iter().enumerate() {
        let Some(trend) = trend.filter(|_| known[index]) else { continue };
        let (sum, count) = &mut sums[index % period];
        *count += 1.0;
        *sum += if kind == Kind::Additive { values[index] - trend } else { values[index] / trend };
    }
    let raw: Vec<f64> =
        sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { neutral }).collect();
    let mean = raw.iter().sum::<f64>() / period as f64;
    raw.iter().map(|index| if kind == Kind::Additive { index - mean } else { index / mean }).collect()
}

/// The centred moving average over one period; `None` where it would reach over the ends.
fn trend(values: &[f64], period: usize) -> Vec<Option<f64>> {
    let half = period / 2;
    let average = |index: usize| {
        if index < half || index + half >= values.len() {
            return None;
        }
        let window = &values[index - half..=index + half];
        // An even period has no middle: both ends belong to the same phase and count half.
        let surplus = if period.is_multiple_of(2) { (window[0] + window[2 * half]) / 2.0 } else { 0.0 };
        Some((window.iter().sum::<f64>() - surplus) / period as f64)
    };
    (0..values.len()).map(average).collect()
}

/// Whether the autocorrelation one season back is significant at 90 %, with Bartlett's variance:
/// the test of the M4 competition's benchmarks (Makridakis, Spiliotis, Assimakopoulos 2020).
/// Three seasons are needed.
fn repeats(values: &[f64], period: usize) -> bool {
    const CRITICAL: f64 = 1.645;
    let length = values.len();
    if period < 2 || length < 3 * period {
        return false;
    }
    let mean = values.iter().sum::<f64>() / length as f64;
    let departures: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let power: f64 = departures.iter().map(|departure| departure * departure).sum();
    let correlation = |lag: usize| {
        departures[lag..].iter().zip(&departures).map(|(later, earlier)| later * earlier).sum::<f64>() / power
    };
    let variance = 1.0 + 2.0 * (1..period).map(|lag| correlation(lag).powi(2)).sum::<f64>();
    correlation(period).abs() > CRITICAL * (variance / length as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(index: usize) -> f64 {
        [10.0, -4.0, -8.0, 2.0][index % 4]
    }

    #[test]
    fn an_additive_season_on_a_line_is_found_exactly() {
        let values: Vec<f64> = (0..40).map(|index| 100.0 + index as f64 + wave(index)).collect();
        let season = Season::of(&values, 4).expect("a season");
        for (index, value) in season.removed(&values).iter().enumerate() {
            assert!((value - (100.0 + index as f64)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_season_that_grows_with_the_level_multiplies() {
        let values: Vec<f64> =
            (0..40).map(|index| (50.0 + 10.0 * index as f64) * (1.0 + wave(index) / 20.0)).collect();
        assert_eq!(Season::of(&values, 4).map(|season| season.kind), Some(Kind::Multiplicative));
    }

    #[test]
    fn a_line_and_a_short_series_have_no_season() {
        let line: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(Season::of(&line[..11], 4), None);
        assert_eq!(Season::of(&vec![3.0; 40], 4), None);
        assert_eq!(Season::of(&line, 1), None);
    }
}
