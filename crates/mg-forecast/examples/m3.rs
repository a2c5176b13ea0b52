//! Measures the models on the M3 competition's series, grain by grain: the table of
//! docs/MEASURED.md. `cargo run -p mg-forecast --example m3`

#[path = "../tests/support/m3.rs"]
mod m3;

use std::time::{Duration, Instant};

use m3::Contest;
use mg_core::Grain;
use mg_forecast::{Forecast, Model, Settings, forecast};

fn main() {
    for grain in [Grain::Month, Grain::Quarter, Grain::Year] {
        if let Some(contests) = m3::contests(grain) {
            table(grain, &contests);
        }
    }
    if let Some(contests) = m3::contests(Grain::Month) {
        println!("\nM3 month, of each series only the last values before its last year, horizon 12");
        heading();
        for kept in [2, 4, 8, 12, 18, 24, 36] {
            let cut: Vec<Contest> = contests.iter().map(|contest| cut(contest, kept, 12)).collect();
            line(&format!("last {kept}"), Grain::Month, &cut, &Model::CANDIDATES);
        }
    }
}

/// The last `ahead` values of the past as the future, and the `kept` values before as the past.
fn cut(contest: &Contest, kept: usize, ahead: usize) -> Contest {
    let split = contest.past.len() - ahead;
    let (past, future) = (contest.past[split - kept..split].to_vec(), contest.past[split..].to_vec());
    Contest { past, future, ..*contest }
}

fn heading() {
    println!("{:16} {:>6} {:>6} {:>6} {:>8} {:>7}", "candidates", "MASE", "in 80", "in 95", "ms", "series");
}

fn table(grain: Grain, contests: &[Contest]) {
    let horizon = contests.first().map_or(0, |contest| contest.future.len());
    println!("\nM3 {}: {} series, horizon {horizon}", grain.as_str(), contests.len());
    heading();
    for model in Model::CANDIDATES {
        line(model.as_str(), grain, contests, &[model]);
    }
    line("chosen", grain, contests, &Model::CANDIDATES);
}

#[derive(Default)]
struct Sums {
    series: usize,
    mase: f64,
    steps: usize,
    inside_80: usize,
    inside_95: usize,
    time: Duration,
    chosen: [usize; 4],
}

impl Sums {
    fn add(&mut self, contest: &Contest, forecast: &Forecast) {
        let values: Vec<f64> = forecast.steps.iter().map(|step| step.value).collect();
        self.series += 1;
        self.mase += contest.mase(&values);
        self.chosen[forecast.model as usize] += 1;
        for (actual, step) in contest.future.iter().zip(&forecast.steps) {
            self.steps += 1;
            self.inside_80 += usize::from((step.low_80..=step.high_80).contains(actual));
            self.inside_95 += usize::from((step.low_95..=step.high_95).contains(actual));
        }
    }
}

fn line(name: &str, grain: Grain, contests: &[Contest], models: &[Model]) {
    let mut sums = Sums::default();
    let single = (models.len() == 1).then(|| models[0]);
    for contest in contests {
        let horizon = u32::try_from(contest.future.len()).expect("a short horizon");
        let settings = Settings { models: models.to_vec(), ..Settings::new(horizon) };
        let series = contest.series(grain);
        let start = Instant::now();
        let forecast = forecast(&series, &settings).expect("a forecast");
        sums.time += start.elapsed();
        // A model that could not be fitted was replaced by another, which says nothing of it.
        if single.is_none_or(|model| model == forecast.model) {
            sums.add(contest, &forecast);
        }
    }
    if sums.series == 0 {
        println!("{name:16} fits none of them");
        return;
    }
    let share = |count: usize| 100.0 * count as f64 / sums.steps as f64;
    println!(
        "{name:16} {:6.3} {:6.1} {:6.1} {:8.2} {:7}",
        sums.mase / sums.series as f64,
        share(sums.inside_80),
        share(sums.inside_95),
        sums.time.as_secs_f64() * 1e3 / contests.len() as f64,
        sums.series,
    );
    if single.is_none() {
        println!("  chosen: recent_mean, seasonal_naive, auto_ets, mstl_ets {:?}", sums.chosen);
    }
}
