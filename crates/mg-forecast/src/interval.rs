//! From a model's spread to an interval that holds what it says.
//!
//! Models know only the errors of their own fit, and are too sure: on M3's monthly series, 18
//! months ahead, their 80 and 95 % intervals hold 75 and 90 %. So a spread is widened by a
//! factor k that the backtests measure, held towards what is usual:
//!
//! ```text
//! k² = (P · U + sum over origins of the mean of s²) / (P + number of origins)
//! ```
//!
//! where s is an error in units of its spread, U = 1.1 + 30 / n the usual of s² after n values (2.1
//! below 30), and P = 4 how many origins that is worth. U, and the 2.1 deviations of the 95 % interval where a
//! normal law has 1.96, were set so that the intervals hold about what they say on M3's monthly,
//! quarterly and yearly series; `examples/m3.rs` prints what they hold.

/// How many standard deviations the 80 % interval reaches.
const DEVIATIONS_80: f64 = 1.28;
/// How many standard deviations the 95 % interval reaches: errors have heavier tails than normal.
const DEVIATIONS_95: f64 = 2.1;
/// How many origins the usual is worth, P.
const USUAL_ORIGINS: f64 = 4.0;
/// Larger surprises count as this: one break in the past must not drown the rest.
const LARGEST_SURPRISE: f64 = 4.0;

/// The half-widths of one step's intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HalfWidths {
    pub(crate) half_80: f64,
    pub(crate) half_95: f64,
}

impl HalfWidths {
    /// Those of a spread that is already widened.
    pub(crate) fn of(spread: f64) -> Self {
        Self { half_80: DEVIATIONS_80 * spread, half_95: DEVIATIONS_95 * spread }
    }
}

/// Shares of values inside intervals, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coverage {
    pub(crate) share_80: f64,
    pub(crate) share_95: f64,
}

/// The usual mean of squared surprises after `length` values, U: the fewer, the less a model
/// knows of its errors.
fn usual(length: usize) -> f64 {
    1.1 + 30.0 / length.max(30) as f64
}

/// An error in units of its spread. Any error is the largest surprise to a model that foresaw none.
pub(crate) fn surprise(error: f64, spread: f64) -> f64 {
    if error == 0.0 { 0.0 } else { error / spread }
}

/// The factor on the spread of a series of `length` values, from the surprises of each origin; of
/// no origins, the usual one.
pub(crate) fn widening<'a>(origins: impl Iterator<Item = &'a [f64]>, length: usize) -> f64 {
    let (sum, weight) = origins
        .filter(|surprises| !surprises.is_empty())
        .fold((USUAL_ORIGINS * usual(length), USUAL_ORIGINS), |(sum, weight), surprises| {
            (sum + mean_square(surprises), weight + 1.0)
        });
    f64::sqrt(sum / weight)
}

/// What the intervals of each origin hold when widened by the surprises of the others.
pub(crate) fn cross_coverage(origins: &[&[f64]], length: usize) -> Coverage {
    let (mut inside_80, mut inside_95, mut count) = (0.0, 0.0, 0.0);
    for (tested, surprises) in origins.iter().enumerate() {
        let others = origins.iter().enumerate().filter(|(other, _)| *other != tested);
        let half = HalfWidths::of(widening(others.map(|(_, surprises)| *surprises), length));
        inside_80 += surprises.iter().filter(|surprise| **surprise <= half.half_80).count() as f64;
        inside_95 += surprises.iter().filter(|surprise| **surprise <= half.half_95).count() as f64;
        count += surprises.len() as f64;
    }
    Coverage { share_80: inside_80 / count, share_95: inside_95 / count }
}

fn mean_square(surprises: &[f64]) -> f64 {
    let bounded = surprises.iter().map(|surprise| surprise.min(LARGEST_SURPRISE).powi(2));
    bounded.sum::<f64>() / surprises.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 100;

    #[test]
    fn surprises_widen_and_their_absence_narrows() {
        let usual = widening(std::iter::empty(), LENGTH);
        assert!((usual - 1.4_f64.sqrt()).abs() < 1e-12);
        assert!(widening([&[3.0, 2.0][..]].into_iter(), LENGTH) > usual);
        assert!(widening([&[0.1, 0.2][..]].into_iter(), LENGTH) < usual);
    }

    #[test]
    fn few_values_widen() {
        assert!(widening(std::iter::empty(), 20) > widening(std::iter::empty(), LENGTH));
    }

    #[test]
    fn a_model_that_foresaw_no_error_is_widened_by_a_bounded_factor() {
        assert_eq!(surprise(0.0, 0.0), 0.0);
        let factor = widening([&[surprise(5.0, 0.0)][..]].into_iter(), LENGTH);
        assert!(factor.is_finite() && factor > 1.5);
    }

    #[test]
    fn an_origin_is_judged_by_the_others() {
        // With its own surprises counted in, the first origin's 95 % interval would hold them.
        let calm = [0.1; 12];
        let coverage = cross_coverage(&[&[2.2; 12], &calm, &calm, &calm], LENGTH);
        assert_eq!(coverage, Coverage { share_80: 0.75, share_95: 0.75 });
        let all = HalfWidths::of(widening([&[2.2; 12][..], &calm, &calm, &calm].into_iter(), LENGTH));
        assert!(all.half_95 > 2.2);
    }
}
