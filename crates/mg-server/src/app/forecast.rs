//! `forecast_kpi`: what is expected, and how sure that is.

use mg_core::{OpContext, Period};
use mg_store::forecast::ForecastRow;
use schemars::JsonSchema;
use serde::Serialize;

use super::{App, indicator, kpis, zone};
use crate::Problem;

/// One future period.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForecastStep {
    /// The period: 2026-04 for a month, 2026-T2 for a quarter.
    pub period: String,
    /// Expected value.
    pub value: f64,
    /// Lower bound of the 80 % interval.
    pub low_80: f64,
    /// Upper bound of the 80 % interval.
    pub high_80: f64,
    /// Lower bound of the 95 % interval.
    pub low_95: f64,
    /// Upper bound of the 95 % interval.
    pub high_95: f64,
    /// True for a period that has passed and whose data are still incomplete.
    pub nowcast: bool,
}

/// A forecast.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForecastAnswer {
    /// Name of the KPI.
    pub name: String,
    /// Title in French.
    pub title_fr: String,
    /// Title in English.
    pub title_en: String,
    /// INSEE code of the commune, or ensemble for the whole territory.
    pub zone: String,
    /// Name of the zone.
    pub zone_name: String,
    /// Unit of the values.
    pub unit: String,
    /// Length of a period: month or quarter.
    pub grain: String,
    /// Model that won the backtest.
    pub model: String,
    /// Its error in the backtest (MASE): below 1 beats repeating last year; left out when the
    /// series is too short to test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mase: Option<f64>,
    /// Why no model was chosen by backtest, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Last period that the model saw; later ones were still provisional.
    pub last_observed_period: String,
    /// Edition (millésime) of the data.
    pub edition: String,
    /// When the forecast was made, RFC 3339.
    pub made_at: String,
    /// The periods that have passed since the last complete one, then those from the present
    /// one on, as many as the horizon; nearest first.
    pub steps: Vec<ForecastStep>,
}

/// The forecast of KPI `name`, `horizon` periods from the present one on, for a commune (the whole territory
/// without it).
pub async fn forecast_kpi(
    ctx: &OpContext,
    app: &App,
    name: &str,
    horizon: Option<u32>,
    commune: Option<&str>,
) -> Result<ForecastAnswer, Problem> {
    let kpi = kpis::find(app, name)?;
    let zone = zone::find(app, commune)?;
    let longest = kpi.forecast.horizon;
    let horizon = horizon.unwrap_or_else(|| kpi.grain.per_year().min(longest));
    if !(1..=longest).contains(&horizon) {
        return Err(Problem::new(
            "bad_horizon",
            format!("{} is forecast 1 to {longest} periods ahead, not {horizon}.", kpi.name),
            format!("A period of this KPI is a {}; ask for {longest} or fewer.", kpi.grain.as_str()),
        ));
    }
    let present = Period::holding(kpi.grain, ctx.now().date_naive());
    let mut rows = app.store.forecast(&kpi.name, &zone.code).await?;
    rows.retain(|row| row.period < present.plus(horizon).start());
    let Some(first) = rows.first().cloned() else {
        return Err(indicator::no_values(&kpi.name, &zone.name));
    };
    let label = |day| Period::holding(kpi.grain, day).to_string();
    Ok(ForecastAnswer {
        name: kpi.name.clone(),
        title_fr: kpi.title_fr.clone(),
        title_en: kpi.title_en.clone(),
        zone: zone.code,
        zone_name: zone.name,
        unit: kpi.unit.clone(),
        grain: kpi.grain.as_str().to_owned(),
        model: first.model,
        mase: first.mase,
        note: first.note,
        last_observed_period: label(first.last_period),
        edition: first.edition,
        made_at: first.made_at.to_rfc3339(),
        steps: rows.iter().map(|row| step(label(row.period), row, row.period < present.start())).collect(),
    })
}

fn step(period: String, row: &ForecastRow, nowcast: bool) -> ForecastStep {
    ForecastStep {
        period,
        value: row.value,
        low_80: row.low_80,
        high_80: row.high_80,
        low_95: row.low_95,
        high_95: row.high_95,
        nowcast,
    }
}
