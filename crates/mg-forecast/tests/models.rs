//! Series with a known answer: what is chosen, and what it says.

#[path = "support/series.rs"]
mod support;

use mg_core::Grain;
use mg_forecast::{ForecastError, Model, ModelFailure, Outcome, Settings, forecast};
use support::{Noise, series, whole};

const SEASON: [f64; 12] = [-30.0, -25.0, -5.0, 10.0, 20.0, 30.0, 25.0, -20.0, 15.0, 10.0, -5.0, -25.0];

fn only(model: Model, horizon: u32) -> Settings {
    Settings { models: vec![model], ..Settings::new(horizon) }
}

fn trend_and_season(month: usize) -> f64 {
    500.0 + 2.0 * month as f64 + SEASON[month % 12]
}

#[test]
fn trend_and_season_are_carried_on() {
    let mut noise = Noise::new(7);
    let values = (0..120).map(|month| trend_and_season(month) + noise.normal(2.0));
    let forecast = forecast(&whole(Grain::Month, values), &Settings::new(24)).expect("a forecast");
    assert_ne!(forecast.model, Model::SeasonalNaive);
    assert!(forecast.mase.expect("measured") < 0.3);
    for (ahead, step) in forecast.steps.iter().enumerate() {
        let expected = trend_and_season(120 + ahead);
        assert!((step.value - expected).abs() < 15.0, "{} for {expected}, {ahead} ahead", step.value);
    }
}

#[test]
fn every_candidate_sees_the_season() {
    let mut noise = Noise::new(11);
    let values: Vec<f64> = (0..96).map(|month| 500.0 + SEASON[month % 12] + noise.normal(3.0)).collect();
    for model in Model::CANDIDATES {
        let forecast = forecast(&whole(Grain::Month, values.clone()), &only(model, 12)).expect("a forecast");
        assert_eq!(forecast.model, model);
        for (ahead, step) in forecast.steps.iter().enumerate() {
            let expected = 500.0 + SEASON[ahead];
            assert!((step.value - expected).abs() < 12.0, "{model}: {} for {expected}", step.value);
        }
    }
}

#[test]
fn a_season_that_grows_with_the_level_keeps_growing() {
    let value = |quarter: usize| 1.03_f64.powi(quarter as i32) * [80.0, 120.0, 140.0, 60.0][quarter % 4];
    let forecast =
        forecast(&whole(Grain::Quarter, (0..40).map(value)), &Settings::new(4)).expect("a forecast");
    for (ahead, step) in forecast.steps.iter().enumerate() {
        let expected = value(40 + ahead);
        assert!((step.value / expected - 1.0).abs() < 0.05, "{} for {expected}", step.value);
    }
}

#[test]
fn a_year_that_repeats_exactly_is_repeated() {
    let values = (0..60).map(|month| 100.0 + SEASON[month % 12]);
    let forecast = forecast(&whole(Grain::Month, values), &Settings::new(30)).expect("a forecast");
    for (ahead, step) in forecast.steps.iter().enumerate() {
        assert!((step.value - 100.0 - SEASON[ahead % 12]).abs() < 1e-6);
    }
}

#[test]
fn a_season_that_wanders_off_is_best_repeated() {
    // Each month follows its own random walk: the year before is all there is to know.
    let mut noise = Noise::new(3);
    let mut levels = [1000.0; 12];
    let values: Vec<f64> = (0..180)
        .map(|month| {
            levels[month % 12] += noise.normal(100.0);
            levels[month % 12]
        })
        .collect();
    let forecast = forecast(&whole(Grain::Month, values.clone()), &Settings::new(12)).expect("a forecast");
    assert_eq!(forecast.model, Model::SeasonalNaive, "{:?}", forecast.backtests);
    assert_eq!(forecast.steps[3].value, values[180 - 12 + 3]);
}

#[test]
fn the_choice_is_the_evidence_and_not_the_horizon() {
    let mut noise = Noise::new(5);
    let history = whole(Grain::Month, (0..90).map(|month| trend_and_season(month) + noise.normal(20.0)));
    let near = forecast(&history, &Settings::new(1)).expect("a forecast");
    let far = forecast(&history, &Settings::new(60)).expect("a forecast");
    assert_eq!((near.model, near.mase, &near.backtests), (far.model, far.mase, &far.backtests));
    assert_eq!(near.steps[..], far.steps[..1]);
    let models: Vec<Model> = far.backtests.iter().map(|backtest| backtest.model).collect();
    assert_eq!(models, Model::CANDIDATES);
    for score in far.backtests.iter().map(|backtest| backtest.score().expect("measured")) {
        assert_eq!(score.origins, 4);
        assert!((0.0..=score.coverage_95).contains(&score.coverage_80) && score.coverage_95 <= 1.0);
    }
}

#[test]
fn a_yearly_series_has_no_season_to_decompose() {
    let history = whole(Grain::Year, (0..20).map(|year| 100.0 + 5.0 * f64::from(year)));
    let forecast = forecast(&history, &Settings::new(3)).expect("a forecast");
    assert_eq!(forecast.model, Model::AutoEts);
    assert!((forecast.steps[2].value - 210.0).abs() < 1.0, "{}", forecast.steps[2].value);
    let last = forecast.backtests.last().expect("three candidates");
    assert_eq!((last.model, &last.outcome), (Model::MstlEts, &Outcome::Failed(ModelFailure::NoSeason)));
}

#[test]
fn wider_noise_gives_wider_intervals_and_further_steps_do_too() {
    let width = |deviation: f64| {
        let mut noise = Noise::new(13);
        let mut level = 100.0;
        let walk: Vec<f64> = (0..100)
            .map(|_| {
                level += noise.normal(deviation);
                level
            })
            .collect();
        let forecast = forecast(&whole(Grain::Month, walk), &only(Model::AutoEts, 24)).expect("a forecast");
        let width = |step: usize| forecast.steps[step].high_95 - forecast.steps[step].low_95;
        (width(0), width(23))
    };
    let ((near, far), (near_loud, _)) = (width(1.0), width(5.0));
    assert!(far > 2.0 * near, "{near} then {far}");
    assert!(near_loud > 3.0 * near, "{near} and {near_loud}");
    // A step of deviation 1 is within 1.96 of its start 19 times in 20.
    assert!((2.5..8.0).contains(&near), "{near}");
}

#[test]
fn questions_without_sense_are_refused() {
    let history = whole(Grain::Month, (0..40).map(f64::from));
    let ask = |settings| forecast(&history, &settings).expect_err("a refusal");
    assert!(matches!(ask(Settings::new(0)), ForecastError::BadHorizon { horizon: 0 }));
    assert!(matches!(ask(Settings::new(121)), ForecastError::BadHorizon { horizon: 121 }));
    assert!(matches!(ask(Settings { models: Vec::new(), ..Settings::new(1) }), ForecastError::NoCandidates));
    let empty = series(Grain::Month, vec![None; 12]);
    assert!(matches!(forecast(&empty, &Settings::new(1)), Err(ForecastError::NoValues)));
}

#[test]
fn names_and_stored_forms_agree() {
    for model in [Model::RecentMean, Model::SeasonalNaive, Model::AutoEts, Model::MstlEts] {
        assert_eq!(model.as_str().parse(), Ok(model));
        assert_eq!(serde_json::to_value(model).expect("JSON"), model.as_str());
    }
    assert!("prophet".parse::<Model>().is_err());
    let history = whole(Grain::Year, (0..20).map(|year| f64::from(year * year)));
    let forecast = forecast(&history, &Settings::new(3)).expect("a forecast");
    let stored = serde_json::to_string(&forecast).expect("JSON");
    assert_eq!(serde_json::from_str::<mg_forecast::Forecast>(&stored).expect("the same"), forecast);
}
