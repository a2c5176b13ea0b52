//! Missing values, wherever they are.

#[path = "support/series.rs"]
mod support;

use mg_core::Grain;
use mg_forecast::{Model, Settings, forecast};
use support::{day, series, whole};

fn value(month: usize) -> f64 {
    300.0 + month as f64 + if month % 12 == 7 { -150.0 } else { 0.0 }
}

fn gappy(missing: impl Fn(usize) -> bool) -> Vec<Option<f64>> {
    (0..84).map(|month| (!missing(month)).then(|| value(month))).collect()
}

#[test]
fn holes_inside_change_little() {
    // An August is among the holes: drawn straight across, it would lose its dip.
    let holes = gappy(|month| [20, 21, 31, 43, 67, 68].contains(&month));
    let forecast = forecast(&series(Grain::Month, holes), &Settings::new(12)).expect("a forecast");
    assert_eq!(forecast.note, None);
    for (ahead, step) in forecast.steps.iter().enumerate() {
        let expected = value(84 + ahead);
        assert!((step.value - expected).abs() < 20.0, "{} for {expected}", step.value);
    }
}

#[test]
fn what_comes_before_the_first_value_does_not_count() {
    let full = whole(Grain::Month, (12..84).map(value));
    let late = series(Grain::Month, gappy(|month| month < 12));
    let values = |series| -> Vec<f64> {
        let forecast = forecast(series, &Settings::new(12)).expect("a forecast");
        forecast.steps.iter().map(|step| step.value).collect()
    };
    assert_eq!(values(&full), values(&late));
}

#[test]
fn missing_values_at_the_end_are_forecast_on_the_way() {
    let known = series(Grain::Month, gappy(|_| false)[..80].to_vec());
    let pending = series(Grain::Month, gappy(|month| month >= 80));
    let far = forecast(&known, &Settings::new(10)).expect("a forecast");
    let near = forecast(&pending, &Settings::new(6)).expect("a forecast");
    assert_eq!(near.steps[0].period, day(2007, 1));
    assert_eq!(near.steps, far.steps[4..]);
}

#[test]
fn the_backtest_measures_known_values_only() {
    let mut values = vec![Some(10.0); 20];
    (values[0], values[17], values[18], values[19]) = (Some(5.0), None, None, Some(40.0));
    let settings = Settings { models: vec![Model::SeasonalNaive], ..Settings::new(6) };
    let forecast = forecast(&series(Grain::Year, values), &settings).expect("a forecast");
    // By hand, from origins 17, 15, 13 and 11, of up to six years each: the last value is missed
    // by 30, alone from 17, beside two exact years from 15, and is out of sight from the others.
    // The one change before them, of 5, makes scales of 5/16 and 5/14. The straight line's 20 and
    // 30 in the hole would be errors of 10 and 20.
    let expected = (30.0 / (5.0 / 16.0) + 10.0 / (5.0 / 14.0)) / 4.0;
    assert!((forecast.mase.expect("measured") - expected).abs() < 1e-9);
}
