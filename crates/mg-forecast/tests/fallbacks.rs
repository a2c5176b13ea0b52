//! Series that leave little or nothing to choose from.

#[path = "support/series.rs"]
mod support;

use mg_core::Grain;
use mg_forecast::{Forecast, Model, Note, Settings, forecast};
use support::{Noise, series, whole};

fn forecast_of(values: &[f64], horizon: u32) -> Forecast {
    forecast(&whole(Grain::Month, values.iter().copied()), &Settings::new(horizon)).expect("a forecast")
}

fn width_95(forecast: &Forecast, step: usize) -> f64 {
    forecast.steps[step].high_95 - forecast.steps[step].low_95
}

#[test]
fn a_single_value_is_repeated_with_doubt() {
    let forecast = forecast_of(&[40.0], 3);
    assert_eq!((forecast.model, forecast.note), (Model::RecentMean, Some(Note::Constant)));
    assert_eq!((forecast.mase, forecast.backtests.len()), (None, 0));
    assert!(forecast.steps.iter().all(|step| step.value == 40.0));
    assert!(width_95(&forecast, 0) > 40.0);
}

#[test]
fn a_constant_is_repeated_the_surer_the_longer_it_held() {
    let (short, long) = (forecast_of(&[40.0; 6], 12), forecast_of(&[40.0; 200], 12));
    for forecast in [&short, &long] {
        assert_eq!(forecast.note, Some(Note::Constant));
        assert!(forecast.steps.iter().all(|step| step.value == 40.0));
        assert!(width_95(forecast, 11) > width_95(forecast, 0));
    }
    assert!(width_95(&short, 0) > 3.0 * width_95(&long, 0));
}

#[test]
fn zeros_stay_zero_and_an_event_stays_possible() {
    let settings = Settings { non_negative: true, ..Settings::new(12) };
    let forecast = forecast(&whole(Grain::Month, [0.0; 36]), &settings).expect("a forecast");
    assert_eq!(forecast.note, Some(Note::AllZero));
    assert!(forecast.steps.iter().all(|step| step.value == 0.0 && step.low_95 == 0.0));
    assert!((0.0..1.5).contains(&forecast.steps[0].high_95) && forecast.steps[0].high_95 > 0.0);
}

#[test]
fn a_handful_of_values_gives_their_recent_mean() {
    let forecast = forecast_of(&[90.0, 10.0, 20.0, 10.0, 20.0], 2);
    assert_eq!((forecast.model, forecast.note), (Model::RecentMean, Some(Note::Short)));
    assert_eq!(forecast.steps[1].value, 15.0);
}

#[test]
fn a_short_series_is_smoothed_but_not_measured() {
    let mut noise = Noise::new(2);
    let values: Vec<f64> = (0..20).map(|_| 100.0 + noise.normal(5.0)).collect();
    let forecast = forecast_of(&values, 12);
    assert_eq!((forecast.model, forecast.note), (Model::AutoEts, Some(Note::Short)));
    assert_eq!((forecast.mase, forecast.backtests.len()), (None, 0));
    assert!((90.0..110.0).contains(&forecast.steps[11].value));
}

#[test]
fn a_short_series_keeps_to_the_candidates_when_they_fit() {
    let values: Vec<f64> = (0..20).map(f64::from).collect();
    let settings = Settings { models: vec![Model::SeasonalNaive], ..Settings::new(1) };
    let forecast = forecast(&whole(Grain::Month, values), &settings).expect("a forecast");
    assert_eq!((forecast.model, forecast.steps[0].value), (Model::SeasonalNaive, 8.0));
}

#[test]
fn a_candidate_that_cannot_be_fitted_is_replaced_and_said_so() {
    let values = (0..20).map(|year| f64::from(year * year));
    let settings = Settings { models: vec![Model::MstlEts], ..Settings::new(1) };
    let forecast = forecast(&whole(Grain::Year, values), &settings).expect("a forecast");
    assert_eq!((forecast.model, forecast.note), (Model::RecentMean, Some(Note::Unmeasured)));
    assert_eq!(forecast.backtests.len(), 1);
}

#[test]
fn a_series_of_holes_gives_the_recent_mean_of_what_is_known() {
    let values = (0..60).map(|month| (month % 5 == 0).then_some(f64::from(month % 2) * 10.0)).collect();
    let forecast = forecast(&series(Grain::Month, values), &Settings::new(2)).expect("a forecast");
    assert_eq!((forecast.model, forecast.note), (Model::RecentMean, Some(Note::Sparse)));
    assert_eq!(forecast.steps[0].value, 5.0);
}

#[test]
fn a_past_of_zeros_before_the_first_event_breaks_nothing() {
    let mut values = vec![0.0; 80];
    values[78] = 12.0;
    let forecast = forecast_of(&values, 12);
    assert!(forecast.steps.iter().all(|step| step.value.is_finite() && step.high_95 >= step.value));
    assert!(width_95(&forecast, 0) > 0.0);
}
