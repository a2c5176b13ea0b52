//! What `forecast_kpi` answers.

use schemars::JsonSchema;
use serde::Serialize;

/// Where a value is expected to lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Interval {
    /// How often such an interval should hold the value, percent.
    #[schemars(range(min = 1, max = 99))]
    pub level: u32,
    /// Lower bound, in the unit of the KPI.
    pub low: f64,
    /// Upper bound, in the unit of the KPI.
    pub high: f64,
}

/// One future period.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForecastStep {
    /// The period: 2026-04 for a month, 2026-T2 for a quarter.
    pub period: String,
    /// Expected value, in the unit of the KPI.
    pub value: f64,
    /// Intervals around it, narrowest first, one a level asked for.
    pub intervals: Vec<Interval>,
    /// True for a period that has passed and whose data are still incomplete.
    pub nowcast: bool,
}

/// The forecast of one zone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ZoneForecast {
    /// INSEE code of the commune, or ensemble for the whole territory.
    pub zone: String,
    /// Name of the zone.
    pub zone_name: String,
    /// Model that won the backtest on this zone.
    pub model: String,
    /// Its error in the backtest (MASE): below 1 beats repeating last year; left out when the
    /// series is too short to test.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub mase: Option<f64>,
    /// Why no model was chosen by backtest, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Last period that the model saw; later ones were still provisional.
    pub last_observed_period: String,
    /// The periods that have passed since the last complete one, then those from the present
    /// one on, as many as the horizon; nearest first.
    pub steps: Vec<ForecastStep>,
}

/// Forecasts of a KPI, one a zone, and what is true of them all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForecastAnswer {
    /// Name of the KPI.
    pub name: String,
    /// Title in French.
    pub title_fr: String,
    /// Title in English.
    pub title_en: String,
    /// Unit of the values and bounds.
    pub unit: String,
    /// Length of a period.
    #[schemars(extend("enum" = ["month", "quarter", "year"]))]
    pub grain: String,
    /// How many periods from the present one on.
    #[schemars(range(min = 1))]
    pub horizon: u32,
    /// Edition (millésime) of the data, YYYY-MM.
    pub edition: String,
    /// When the forecasts were made, RFC 3339.
    pub made_at: String,
    /// What is counted, and what is left out.
    pub definition: String,
    /// The forecasts, in the order of the communes asked for.
    pub forecasts: Vec<ZoneForecast>,
    /// Names of the zones asked for that have no forecast: there was nothing to learn from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_forecast: Vec<String>,
}
