//! One KPI: the form of a file of `models/kpi`.

use mg_core::Grain;
use mg_forecast::Model;
use mg_gate::Admitted;
use serde::Deserialize;

/// Which direction of change is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    Neutral,
}

impl Direction {
    /// The word that the database keeps.
    pub fn as_french(self) -> &'static str {
        match self {
            Direction::Up => "hausse",
            Direction::Down => "baisse",
            Direction::Neutral => "neutre",
        }
    }
}

/// What a period without records means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    /// Nothing happened: the value is 0.
    Zero,
    /// There is nothing to measure: no value.
    Missing,
}

/// How late the source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// How many of the latest periods the source is still completing; they are shown as
    /// provisional and no model learns from them.
    pub provisional_periods: u32,
    /// After how many days without a load the data count as late.
    pub late_after_days: u32,
    /// How old the last measurement, and the end of the last period with a value, may become before
    /// somebody is told; without it, what the grain suggests: see [`Kpi::stale_after_days`].
    #[serde(default)]
    pub stale_after_days: Option<u32>,
}

/// How the KPI is forecast.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecasting {
    /// How many periods ahead.
    pub horizon: u32,
    /// Whether values below zero make no sense.
    pub non_negative: bool,
    /// The models that compete; all of them unless named.
    #[serde(default = "every_model")]
    pub models: Vec<Model>,
}

fn every_model() -> Vec<Model> {
    vec![Model::SeasonalNaive, Model::AutoEts, Model::MstlEts]
}

/// The file, before its query has passed the gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KpiFile {
    pub(super) title_fr: String,
    pub(super) title_en: String,
    pub(super) description: String,
    pub(super) unit: String,
    pub(super) grain: Grain,
    pub(super) good: Direction,
    pub(super) dataset: String,
    pub(super) empty: Empty,
    pub(super) sql: String,
    pub(super) freshness: Freshness,
    pub(super) forecast: Forecasting,
}

/// A KPI whose query has passed the gate.
#[derive(Debug, Clone)]
pub struct Kpi {
    /// Its name: the name of its file.
    pub name: String,
    /// Title in French.
    pub title_fr: String,
    /// Title in English.
    pub title_en: String,
    /// What is counted, and what is left out.
    pub description: String,
    /// Unit of the values.
    pub unit: String,
    /// Length of a period.
    pub grain: Grain,
    /// Which direction is good.
    pub good: Direction,
    /// The dataset that it is measured from: the name of a spider.
    pub dataset: String,
    /// What a period without records means.
    pub empty: Empty,
    /// The query that measures it: `zone, periode, valeur, effectif`.
    pub query: Admitted,
    /// How late the source is.
    pub freshness: Freshness,
    /// How it is forecast.
    pub forecast: Forecasting,
    /// SHA-256 of the file, hexadecimal.
    pub fingerprint: String,
}

impl Kpi {
    /// How old its last measurement, and the end of its last period with a value, may become before
    /// somebody is told, days. Unless its file says so: some four months by month, eight by quarter,
    /// a year and a half by year, for sources publish a period some weeks after its end and until
    /// the next.
    pub fn stale_after_days(&self) -> u32 {
        self.freshness.stale_after_days.unwrap_or(match self.grain {
            Grain::Month => 120,
            Grain::Quarter => 240,
            Grain::Year => 550,
        })
    }
}
