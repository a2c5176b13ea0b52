//! `get_indicator`: measured values, with what is needed to rely on them.

mod answer;

pub use answer::{Change, Freshness, Indicator, ZoneValue};

use mg_core::{Grain, OpContext, Period, Scope};
use mg_store::kpi::KpiSeries;

use super::zone::Zone;
use super::{App, kpis, zone};
use crate::Problem;
use crate::model::Kpi;

/// The values of KPI `name` in the period that holds `date` (the last complete one without it),
/// for `communes` (the whole territory where none is named).
pub async fn get_indicator(
    ctx: &OpContext,
    app: &App,
    name: &str,
    date: Option<&str>,
    communes: &[String],
) -> Result<Indicator, Problem> {
    let kpi = kpis::find(app, name)?;
    let zones = zone::resolve(ctx, app, communes)?;
    let codes = zone::codes(&zones);
    let span = app.store.kpi_span(&kpi.name, &codes).await?;
    let period = period_asked(kpi, &zones, &span, date)?;
    let (previous, year_before) = (period.minus(1), period.year_before());
    let days = [period, previous, year_before].map(Period::start);
    let values = app.store.kpi_values(&kpi.name, &codes, &days).await?;
    let value_of =
        |zone: &Zone, of: Period| values.iter().find(|v| v.zone == zone.code && v.period == of.start());
    let Some(first) = values.iter().find(|value| value.period == period.start()) else {
        return Err(no_value(app, kpi, &zones, &span, period).await?);
    };
    let entry = |zone: &Zone| {
        let value = value_of(zone, period);
        let change = |of: Period| Some(Change::between(value_of(zone, of)?.value, value?.value));
        ZoneValue {
            zone: zone.code.clone(),
            zone_name: zone.name.clone(),
            value: value.map(|value| value.value),
            records: value.map(|value| value.records),
            previous: change(previous),
            year_before: change(year_before),
        }
    };
    let within: Option<Vec<String>> = match &ctx.principal.scope {
        Scope::All => None,
        Scope::Communes(codes) => Some(codes.iter().cloned().collect()),
    };
    let coverage = app.store.kpi_coverage(&kpi.name, period.start(), within.as_deref()).await?;
    let (communes_with_value, communes) = coverage;
    Ok(Indicator {
        name: kpi.name.clone(),
        title_fr: kpi.title_fr.clone(),
        title_en: kpi.title_en.clone(),
        unit: kpi.unit.clone(),
        grain: kpi.grain.as_str().to_owned(),
        good_direction: kpi.good.as_french().to_owned(),
        period: period.to_string(),
        provisional: first.provisional,
        previous_period: previous.to_string(),
        year_before_period: year_before.to_string(),
        values: zones.iter().map(entry).collect(),
        communes_with_value,
        communes,
        communes_with_value_percent: percent(communes_with_value, communes),
        edition: first.edition.clone(),
        freshness: freshness(ctx, app, kpi).await?,
        definition: kpi.description.clone(),
    })
}

/// The period of `date`; without one the last complete one in which any of the zones has a value.
fn period_asked(kpi: &Kpi, zones: &[Zone], span: &KpiSeries, date: Option<&str>) -> Result<Period, Problem> {
    let (Some(first), Some(last)) = (span.first, span.last) else {
        return Err(no_values(&kpi.name, zones));
    };
    match date {
        Some(text) if is_longer(kpi.grain, text) => Err(Problem::new(
            "bad_date",
            format!("{} is measured by {}, and `{}` is longer.", kpi.name, kpi.grain.as_str(), text.trim()),
            format!(
                "Name one {}, as {}; for several, ask run_sql for the rows of kpi.value (a sum is right for counts, not \
                 for medians).",
                kpi.grain.as_str(),
                Period::holding(kpi.grain, last)
            ),
        )),
        Some(text) => {
            let period = Period::parse(kpi.grain, text).map_err(|error| {
                Problem::new("bad_date", format!("{error}."), format!("{}.", range(kpi, first, last)))
            })?;
            if period.start() > Period::holding(kpi.grain, last).start() {
                return Err(Problem::new(
                    "no_value",
                    format!("{} has no value for {period} yet.", kpi.name),
                    format!("{}; forecast_kpi tells what is expected after that.", range(kpi, first, last)),
                ));
            }
            Ok(period)
        }
        None => Ok(Period::holding(kpi.grain, span.last_settled.unwrap_or(last))),
    }
}

/// Whether `text` names a year or a quarter where a period is shorter: its value would be taken for
/// that of the whole.
fn is_longer(grain: Grain, text: &str) -> bool {
    let text = text.trim();
    let year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let quarter = text.len() == 7 && text.contains(['T', 't', 'Q', 'q']);
    match grain {
        Grain::Month => year || quarter,
        Grain::Quarter => year,
        Grain::Year => false,
    }
}

async fn freshness(ctx: &OpContext, app: &App, kpi: &Kpi) -> Result<Option<Freshness>, Problem> {
    let edition = app.store.latest_edition(&kpi.dataset).await?;
    let late_after_days = i64::from(kpi.freshness.late_after_days);
    Ok(edition.map(|edition| {
        let age_days = (ctx.now() - edition.first_loaded_at).num_days().max(0);
        let loaded_at = edition.loaded_at.to_rfc3339();
        Freshness { loaded_at, age_days, late_after_days, late: age_days > late_after_days }
    }))
}

fn percent(part: i64, of: i64) -> f64 {
    if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 }
}

/// What is said where none of the zones has a value in `period`.
async fn no_value(
    app: &App,
    kpi: &Kpi,
    zones: &[Zone],
    span: &KpiSeries,
    period: Period,
) -> Result<Problem, Problem> {
    let near = app.store.kpi_neighbours(&kpi.name, &zone::codes(zones), period.start()).await?;
    let near: Vec<String> = [near.before, near.after]
        .into_iter()
        .flatten()
        .map(|day| Period::holding(kpi.grain, day).to_string())
        .collect();
    let range = span.first.zip(span.last).map_or_else(String::new, |(first, last)| range(kpi, first, last));
    Ok(Problem::new(
        "no_value",
        format!("{} has no value for {} in {period}.", kpi.name, zone::names(zones)),
        format!(
            "The nearest with one: {}. {range}; a period without sales or openings may have none.",
            near.join(" and ")
        ),
    ))
}

fn range(kpi: &Kpi, first: chrono::NaiveDate, last: chrono::NaiveDate) -> String {
    let label = |day| Period::holding(kpi.grain, day);
    format!("There are values from {} to {}", label(first), label(last))
}

pub(super) fn no_values(kpi: &str, zones: &[Zone]) -> Problem {
    let place = zone::names(zones);
    Problem::new(
        "no_values_yet",
        format!("{kpi} has no values for {place} yet."),
        "Load data first: an editor launches a scraper, the operator runs `mg run urbanisme`.",
    )
}
