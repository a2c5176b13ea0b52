//! Missing values inside a series.
//!
//! A straight line between the neighbours would flatten a summer or a December. So the season
//! is taken out first, the line drawn through what remains, and the season put back.

use crate::season::{self, Kind};

/// `values` with each missing one filled in, within the range of the known ones. The first and
/// the last value must be known.
pub(crate) fn filled(values: &[Option<f64>], period: usize) -> Vec<f64> {
    let straight = interpolated(values);
    if values.iter().all(Option::is_some) || period < 2 || values.len() < 2 * period + 1 {
        return straight;
    }
    let known: Vec<bool> = values.iter().map(Option::is_some).collect();
    let season = season::indices(&straight, &known, period, Kind::Additive);
    let phase = |index: usize| season[index % period];
    let adjusted: Vec<Option<f64>> =
        values.iter().enumerate().map(|(index, value)| value.map(|value| value - phase(index))).collect();
    let (low, high) = range(&straight);
    let filled = interpolated(&adjusted);
    let restored = filled.iter().enumerate().map(|(index, value)| (value + phase(index)).clamp(low, high));
    values.iter().zip(restored).map(|(value, restored)| value.unwrap_or(restored)).collect()
}

/// Straight lines between known neighbours.
fn interpolated(values: &[Option<f64>]) -> Vec<f64> {
    let mut line: Vec<f64> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        if let Some(&before) = line.last() {
            let gap = index + 1 - line.len();
            line.extend((1..gap).map(|step| before + (value - before) * step as f64 / gap as f64));
        }
        line.push(value);
    }
    line
}

fn range(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_joins_the_neighbours_of_a_gap() {
        let values = [Some(1.0), None, None, Some(4.0), Some(0.0)];
        assert_eq!(filled(&values, 1), [1.0, 2.0, 3.0, 4.0, 0.0]);
    }

    #[test]
    fn a_missing_december_is_filled_as_a_december() {
        let value = |month: usize| if month % 12 == 11 { 200.0 } else { 100.0 } + month as f64;
        let mut values: Vec<Option<f64>> = (0..60).map(|month| Some(value(month))).collect();
        values[35] = None;
        let filled = filled(&values, 12);
        assert!((filled[35] - value(35)).abs() < 10.0, "{} for {}", filled[35], value(35));
    }

    #[test]
    fn a_filled_value_stays_within_what_was_known() {
        let mut values: Vec<Option<f64>> =
            (0..48).map(|month| Some(if month % 12 == 6 { 0.0 } else { 5.0 })).collect();
        values[30] = None;
        assert!((0.0..=5.0).contains(&filled(&values, 12)[30]));
    }
}
