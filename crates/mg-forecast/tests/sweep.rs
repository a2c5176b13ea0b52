//! Whatever the series, a forecast is made of numbers in order.

#[path = "support/series.rs"]
mod support;

use mg_core::Grain;
use mg_forecast::{Forecast, Model, Settings, forecast};
use support::{Noise, series};

const KINDS: usize = 8;

/// A value of one of several kinds of series.
fn value(kind: usize, index: usize, level: f64, noise: &mut Noise) -> f64 {
    let (time, phase) = (index as f64, (index % 12) as f64);
    match kind {
        0 => noise.normal(1.0),
        1 => noise.count(2.0),
        2 => noise.count(0.1),
        3 => level * (1.0 + 0.02 * time) * (1.0 + 0.1 * phase) + noise.normal(level / 10.0),
        4 => level * 1.08_f64.powf(time) * (1.0 + noise.share()),
        5 => {
            if index.is_multiple_of(17) {
                level
            } else {
                0.0
            }
        }
        6 => level + if noise.share() < 0.02 { 1e6 * level } else { noise.normal(0.01) },
        _ => -level * time + phase,
    }
}

fn check(forecast: &Forecast, settings: &Settings, case: &str) {
    assert_eq!(forecast.steps.len(), settings.horizon as usize, "{case}");
    for step in &forecast.steps {
        let ends = [step.low_95, step.low_80, step.value, step.high_80, step.high_95];
        assert!(ends.iter().all(|end| end.is_finite()), "{case}: {step:?}");
        assert!(ends.is_sorted(), "{case}: {step:?}");
        assert!(!settings.non_negative || step.low_95 >= 0.0, "{case}: {step:?}");
    }
    for score in forecast.backtests.iter().filter_map(|backtest| backtest.score()) {
        assert!(
            score.mase.is_finite() && score.mase >= 0.0 && score.widening.is_finite(),
            "{case}: {score:?}"
        );
        assert!((0.0..=1.0).contains(&score.coverage_80), "{case}: {score:?}");
    }
}

#[test]
fn hundreds_of_random_series() {
    for seed in 0..400 {
        let mut noise = Noise::new(seed);
        let grain = [Grain::Month, Grain::Quarter, Grain::Year][noise.below(3)];
        let (kind, length) = (noise.below(KINDS), 1 + noise.below(150));
        let level = 10_f64.powf(noise.share() * 12.0 - 4.0);
        let missing = [0.0, 0.0, 0.1, 0.4][noise.below(4)];
        let mut values: Vec<Option<f64>> = (0..length)
            .map(|index| {
                let value = value(kind, index, level, &mut noise).clamp(-1e15, 1e15);
                (noise.share() >= missing).then_some(value)
            })
            .collect();
        values[length / 2].get_or_insert(level);
        let series = series(grain, values);
        let settings =
            Settings { non_negative: noise.share() < 0.5, ..Settings::new(1 + noise.below(60) as u32) };
        let case = format!("seed {seed}, kind {kind}, {length} values by {}", grain.as_str());
        let once = forecast(&series, &settings).expect(&case);
        check(&once, &settings, &case);
        if seed % 10 == 0 {
            assert_eq!(once, forecast(&series, &settings).expect(&case), "{case}");
        }
    }
}

#[test]
fn periods_follow_the_series_without_a_break() {
    for (grain, length) in [(Grain::Month, 47), (Grain::Quarter, 30), (Grain::Year, 15)] {
        let mut noise = Noise::new(1);
        let series = series(grain, (0..length).map(|_| Some(noise.count(6.0))).collect());
        for horizon in 1..=60 {
            let settings = Settings { models: vec![Model::SeasonalNaive], ..Settings::new(horizon) };
            let forecast = forecast(&series, &settings).expect("a forecast");
            let periods: Vec<_> = forecast.steps.iter().map(|step| step.period).collect();
            let expected: Vec<_> =
                (0..horizon).map(|ahead| series.next_period().plus(ahead).start()).collect();
            assert_eq!(periods, expected);
        }
    }
}

#[test]
fn a_fall_towards_zero_stops_there_when_the_kpi_does() {
    let values: Vec<Option<f64>> = (0..60).map(|month| Some(f64::from(120 - 2 * month))).collect();
    let series = series(Grain::Month, values);
    let free = forecast(&series, &Settings::new(24)).expect("a forecast");
    assert!(free.steps[23].value < -10.0, "{:?}", free.steps[23]);
    let settings = Settings { non_negative: true, ..Settings::new(24) };
    let cut = forecast(&series, &settings).expect("a forecast");
    assert_eq!((cut.steps[23].value, cut.steps[23].low_95), (0.0, 0.0));
    assert!(cut.steps[23].high_95 >= 0.0);
}

#[test]
fn small_counts_fall_inside_their_intervals() {
    let (mut inside_80, mut inside_95, mut count) = (0, 0, 0);
    for seed in 0..60 {
        let mut noise = Noise::new(1_000 + seed);
        let mut month = |index: usize| noise.count(3.0 + 2.0 * f64::from(u8::from(index % 12 < 6)));
        let past: Vec<Option<f64>> = (0..96).map(|index| Some(month(index))).collect();
        let settings = Settings { non_negative: true, ..Settings::new(12) };
        let forecast = forecast(&series(Grain::Month, past), &settings).expect("a forecast");
        for (ahead, step) in forecast.steps.iter().enumerate() {
            let actual = month(96 + ahead);
            inside_80 += usize::from((step.low_80..=step.high_80).contains(&actual));
            inside_95 += usize::from((step.low_95..=step.high_95).contains(&actual));
            count += 1;
        }
    }
    let share = |inside: usize| 100 * inside / count;
    assert!((72..=93).contains(&share(inside_80)), "{} %", share(inside_80));
    assert!(share(inside_95) >= 90, "{} %", share(inside_95));
}
