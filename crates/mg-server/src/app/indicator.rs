//! `get_indicator`: one value, with what is needed to rely on it.

use mg_core::{OpContext, Period, WHOLE};
use mg_store::kpi::KpiValue;
use schemars::JsonSchema;
use serde::Serialize;

use super::{App, kpis, zone};
use crate::Problem;

/// The same period a year earlier.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct YearBefore {
    /// That period.
    pub period: String,
    /// Its value.
    pub value: f64,
    /// Value minus that value.
    pub change: f64,
    /// The change in percent of that value; left out when that value is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<f64>,
}

/// A measured value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Indicator {
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
    /// The period: 2026-04 for a month, 2026-T2 for a quarter.
    pub period: String,
    /// The value.
    pub value: f64,
    /// Unit of the value.
    pub unit: String,
    /// How many records it rests on.
    pub records: i64,
    /// True while the source still completes the period: the value will change.
    pub provisional: bool,
    /// The same period a year earlier; left out when it has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_before: Option<YearBefore>,
    /// Which direction of change is good: hausse (up), baisse (down) or neutre.
    pub good_direction: String,
    /// How many communes of the territory have a value in this period.
    pub communes_with_value: i64,
    /// How many communes the territory has.
    pub communes: i64,
    /// Edition (millésime) of the data.
    pub edition: String,
    /// When the data were last loaded, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_at: Option<String>,
    /// Whether no newer edition has come for longer than this source should take.
    pub late: bool,
    /// What is counted, and what is left out.
    pub definition: String,
}

/// The value of KPI `name` in the period that holds `date` (the last complete one without it),
/// for a commune (the whole territory without it).
pub async fn get_indicator(
    ctx: &OpContext,
    app: &App,
    name: &str,
    date: Option<&str>,
    commune: Option<&str>,
) -> Result<Indicator, Problem> {
    let kpi = kpis::find(app, name)?;
    let zone = zone::find(app, commune)?;
    let span = app.store.kpi_span(&kpi.name, &zone.code).await?;
    let label = |day| Period::holding(kpi.grain, day).to_string();
    let (Some(first), Some(last)) = (span.first, span.last) else {
        return Err(no_values(&kpi.name, &zone.name));
    };
    let period = match date {
        Some(text) => Period::parse(kpi.grain, text).map_err(|error| {
            Problem::new("bad_date", format!("{error}."), range(&label(first), &label(last)))
        })?,
        None => Period::holding(kpi.grain, span.last_settled.unwrap_or(last)),
    };
    let value = app.store.kpi_value(&kpi.name, &zone.code, period.start()).await?.ok_or_else(|| {
        Problem::new(
            "no_value",
            format!("{} has no value for {} in {period}.", kpi.name, zone.name),
            range(&label(first), &label(last)),
        )
    })?;
    let before = period.year_before();
    let before_value = app.store.kpi_value(&kpi.name, &zone.code, before.start()).await?;
    let (communes_with_value, communes) = app.store.kpi_coverage(&kpi.name, period.start()).await?;
    let edition = app.store.latest_edition(&kpi.dataset).await?;
    let age_days = edition.as_ref().map(|edition| (ctx.now() - edition.first_loaded_at).num_days());
    Ok(Indicator {
        name: kpi.name.clone(),
        title_fr: kpi.title_fr.clone(),
        title_en: kpi.title_en.clone(),
        zone: zone.code,
        zone_name: zone.name,
        period: period.to_string(),
        value: value.value,
        unit: kpi.unit.clone(),
        records: value.records,
        provisional: value.provisional,
        year_before: before_value.map(|earlier| year_before(before, &earlier, value.value)),
        good_direction: kpi.good.as_french().to_owned(),
        communes_with_value,
        communes,
        edition: value.edition,
        loaded_at: edition.map(|edition| edition.loaded_at.to_rfc3339()),
        late: age_days.is_some_and(|age| age > i64::from(kpi.freshness.late_after_days)),
        definition: kpi.description.clone(),
    })
}

fn year_before(period: Period, earlier: &KpiValue, value: f64) -> YearBefore {
    let change = value - earlier.value;
    YearBefore {
        period: period.to_string(),
        value: earlier.value,
        change,
        change_percent: (earlier.value != 0.0).then(|| 100.0 * change / earlier.value),
    }
}

fn range(first: &str, last: &str) -> String {
    format!("There are values from {first} to {last}; a period without sales or openings may have none.")
}

pub(super) fn no_values(kpi: &str, zone: &str) -> Problem {
    let whole = if zone == WHOLE { "the territory" } else { zone };
    Problem::new(
        "no_values_yet",
        format!("{kpi} has no values for {whole} yet."),
        "Load data first: an editor launches a scraper, the operator runs `mg run urbanisme`.",
    )
}
