//! The M3 competition's series (Makridakis and Hibon 2000), where the shared data has them.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use mg_core::{Grain, Period};
use mg_forecast::Series;

/// A series of the competition: what was given, and what was asked.
pub(crate) struct Contest {
    pub(crate) past: Vec<f64>,
    pub(crate) future: Vec<f64>,
    /// The denominator of MASE: the mean change over a season in the whole past.
    pub(crate) scale: f64,
}

impl Contest {
    /// The past as a series; the competition names no calendar, so it starts in 1980.
    pub(crate) fn series(&self, grain: Grain) -> Series {
        let day = NaiveDate::from_ymd_opt(1980, 1, 1).expect("a day");
        Series::new(Period::holding(grain, day), self.past.iter().copied().map(Some).collect())
            .expect("values")
    }

    /// MASE of `forecast` over the future.
    pub(crate) fn mase(&self, forecast: &[f64]) -> f64 {
        let errors = self.future.iter().zip(forecast).map(|(actual, forecast)| (actual - forecast).abs());
        errors.sum::<f64>() / self.future.len() as f64 / self.scale
    }
}

/// The competition's series of `grain`, in its order; `None`, and a printed line, without the data.
pub(crate) fn contests(grain: Grain) -> Option<Vec<Contest>> {
    let shared = std::env::var_os("MG_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data/series/m3.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no series/m3.json in the shared data");
        return None;
    };
    let label = match grain {
        Grain::Month => "MONTHLY",
        Grain::Quarter => "QUARTERLY",
        Grain::Year => "YEARLY",
    };
    let all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).expect("m3.json is JSON");
    let numbers = |value: &serde_json::Value| {
        value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
    };
    let of_grain = all.values().filter(|series| series["period"][0] == label);
    let contest = |series: &serde_json::Value| {
        let past: Vec<f64> = numbers(&series["x"]);
        let scale = scale(&past, grain.per_year() as usize);
        Contest { past, future: numbers(&series["xx"]), scale }
    };
    Some(of_grain.map(contest).collect())
}

fn scale(past: &[f64], season: usize) -> f64 {
    let changes = past[season..].iter().zip(past).map(|(later, before)| (later - before).abs());
    changes.sum::<f64>() / (past.len() - season) as f64
}
