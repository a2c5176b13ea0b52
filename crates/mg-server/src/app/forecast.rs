//! `forecast_kpi`: what is expected, and how sure that is.

mod answer;

pub use answer::{ForecastAnswer, ForecastStep, Interval, ZoneForecast};

use mg_core::{OpContext, Period};
use mg_store::forecast::ForecastRow;

use super::zone::Zone;
use super::{App, indicator, kpis, zone};
use crate::Problem;
use crate::model::Kpi;

/// The interval levels that forecasts are stored with, percent. Others are refused rather than
/// reckoned from these: how wide an interval must be to hold what it says was measured for these.
pub const FORECAST_LEVELS: [u32; 2] = [80, 95];

/// What is asked of a forecast.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForecastQuestion<'a> {
    /// Name of the KPI.
    pub name: &'a str,
    /// How many periods from the present one on; a year without it.
    pub horizon: Option<u32>,
    /// Names or INSEE codes of communes; the whole territory where there are none.
    pub communes: &'a [String],
    /// Interval levels, percent; all of [`FORECAST_LEVELS`] where there are none.
    pub levels: &'a [u32],
}

/// The forecast of a KPI for each zone that is asked about.
pub async fn forecast_kpi(
    ctx: &OpContext,
    app: &App,
    question: ForecastQuestion<'_>,
) -> Result<ForecastAnswer, Problem> {
    let kpi = kpis::find(app, question.name)?;
    let zones = zone::resolve(ctx, app, question.communes)?;
    let horizon = check_horizon(kpi, question.horizon)?;
    let levels = check_levels(question.levels)?;
    let present = Period::holding(kpi.grain, ctx.now().date_naive());
    let mut rows = app.store.forecasts(&kpi.name, &zone::codes(&zones)).await?;
    rows.retain(|row| row.period < present.plus(horizon).start());
    let Some(first) = rows.first().cloned() else {
        return Err(indicator::no_values(&kpi.name, &zones));
    };
    let of = |zone: &Zone| rows.iter().filter(|row| row.zone == zone.code).collect::<Vec<_>>();
    let (with, without): (Vec<&Zone>, Vec<&Zone>) = zones.iter().partition(|zone| !of(zone).is_empty());
    let forecasts = with.into_iter().map(|zone| zone_forecast(kpi, zone, &of(zone), &levels, present));
    Ok(ForecastAnswer {
        name: kpi.name.clone(),
        title_fr: kpi.title_fr.clone(),
        title_en: kpi.title_en.clone(),
        unit: kpi.unit.clone(),
        grain: kpi.grain.as_str().to_owned(),
        horizon,
        edition: first.edition,
        made_at: first.made_at.to_rfc3339(),
        definition: kpi.description.clone(),
        forecasts: forecasts.collect(),
        without_forecast: without.into_iter().map(|zone| zone.name.clone()).collect(),
    })
}

fn check_horizon(kpi: &Kpi, horizon: Option<u32>) -> Result<u32, Problem> {
    let longest = kpi.forecast.horizon;
    let horizon = horizon.unwrap_or_else(|| kpi.grain.per_year().min(longest));
    if (1..=longest).contains(&horizon) {
        return Ok(horizon);
    }
    Err(Problem::new(
        "bad_horizon",
        format!("{} is forecast 1 to {longest} periods ahead, not {horizon}.", kpi.name),
        format!("A period of this KPI is a {}; ask for {longest} or fewer.", kpi.grain.as_str()),
    ))
}

/// The levels asked for, each once, narrowest first.
fn check_levels(asked: &[u32]) -> Result<Vec<u32>, Problem> {
    if let Some(wrong) = asked.iter().find(|level| !FORECAST_LEVELS.contains(level)) {
        let known = FORECAST_LEVELS.map(|level| level.to_string()).join(" and ");
        return Err(Problem::new(
            "bad_level",
            format!("Forecasts have no interval of {wrong} %."),
            format!("The levels are {known}, in percent; leave them out for all."),
        ));
    }
    let wanted = |level: &u32| asked.is_empty() || asked.contains(level);
    Ok(FORECAST_LEVELS.into_iter().filter(wanted).collect())
}

/// The forecast of a zone from its rows, of which there is one at least.
fn zone_forecast(
    kpi: &Kpi,
    zone: &Zone,
    rows: &[&ForecastRow],
    levels: &[u32],
    present: Period,
) -> ZoneForecast {
    let label = |day| Period::holding(kpi.grain, day).to_string();
    let step = |row: &&ForecastRow| ForecastStep {
        period: label(row.period),
        value: row.value,
        intervals: levels.iter().map(|&level| interval(row, level)).collect(),
        nowcast: row.period < present.start(),
    };
    let first = rows[0];
    ZoneForecast {
        zone: zone.code.clone(),
        zone_name: zone.name.clone(),
        model: first.model.clone(),
        mase: first.mase,
        note: first.note.clone(),
        last_observed_period: label(first.last_period),
        steps: rows.iter().map(step).collect(),
    }
}

/// The interval of one of [`FORECAST_LEVELS`].
fn interval(row: &ForecastRow, level: u32) -> Interval {
    let (low, high) =
        if level == FORECAST_LEVELS[0] { (row.low_80, row.high_80) } else { (row.low_95, row.high_95) };
    Interval { level, low, high }
}
