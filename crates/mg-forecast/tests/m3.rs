//! Real series: every twentieth of the M3 competition's monthly ones.

#[path = "support/m3.rs"]
mod m3;

use mg_core::Grain;
use mg_forecast::{Model, Settings, forecast};

#[test]
fn the_chosen_model_beats_repeating_the_year_and_its_intervals_hold() {
    let Some(contests) = m3::contests(Grain::Month) else { return };
    let (mut chosen, mut naive, mut inside, mut steps, mut series) = (0.0, 0.0, 0, 0, 0.0);
    for contest in contests.iter().step_by(20) {
        let past = contest.series(Grain::Month);
        let mase = |settings: &Settings| {
            let forecast = forecast(&past, settings).expect("a forecast");
            let values: Vec<f64> = forecast.steps.iter().map(|step| step.value).collect();
            (contest.mase(&values), forecast)
        };
        let settings = Settings::new(18);
        naive += mase(&Settings { models: vec![Model::SeasonalNaive], ..settings.clone() }).0;
        let (error, forecast) = mase(&settings);
        chosen += error;
        series += 1.0;
        for (actual, step) in contest.future.iter().zip(&forecast.steps) {
            inside += usize::from((step.low_95..=step.high_95).contains(actual));
            steps += 1;
        }
    }
    let (chosen, naive, inside) = (chosen / series, naive / series, 100 * inside / steps);
    assert!(chosen < 0.85 * naive, "MASE {chosen:.3}, seasonal naive {naive:.3}");
    assert!((86..=99).contains(&inside), "the 95 % interval holds {inside} %");
}
