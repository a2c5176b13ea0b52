//! `list_kpis`: what is measured.

use mg_core::OpContext;
use mg_store::kpi::KpiDefinition;
use schemars::JsonSchema;
use serde::Serialize;

use super::{App, zone};
use crate::Problem;
use crate::model::Kpi;

/// A KPI in a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct KpiSummary {
    /// Name, as get_indicator and forecast_kpi take it.
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
    #[schemars(extend("enum" = ["month", "quarter", "year"]))]
    pub grain: String,
    /// Which direction of change is good: hausse (up), baisse (down) or neutre.
    #[schemars(extend("enum" = ["hausse", "baisse", "neutre"]))]
    pub good_direction: String,
    /// First period with a value; left out, as the next two, before any data were loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_period: Option<String>,
    /// Last period that the source has completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_period: Option<String>,
    /// Edition of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// How many periods ahead forecasts go.
    #[schemars(range(min = 1))]
    pub forecast_horizon: u32,
}

/// Every KPI with the span of its values, over the whole territory or the communes that the
/// principal is limited to.
pub async fn list_kpis(ctx: &OpContext, app: &App) -> Result<Vec<KpiSummary>, Problem> {
    let stored = app.store.kpis().await?;
    let zones = zone::in_sight(ctx, app);
    let mut summaries = Vec::with_capacity(app.models.kpis.len());
    for kpi in &app.models.kpis {
        let span = app.store.kpi_span(&kpi.name, &zones).await?;
        let label = |day| mg_core::Period::holding(kpi.grain, day).to_string();
        let known = stored.iter().find(|known| known.name == kpi.name);
        summaries.push(KpiSummary {
            name: kpi.name.clone(),
            title_fr: kpi.title_fr.clone(),
            title_en: kpi.title_en.clone(),
            description: kpi.description.clone(),
            unit: kpi.unit.clone(),
            grain: kpi.grain.as_str().to_owned(),
            good_direction: kpi.good.as_french().to_owned(),
            first_period: span.first.map(label),
            last_period: span.last_settled.map(label),
            edition: known.and_then(|known| known.edition.clone()),
            forecast_horizon: kpi.forecast.horizon,
        });
    }
    Ok(summaries)
}

/// The KPI of that name.
pub(super) fn find<'a>(app: &'a App, name: &str) -> Result<&'a Kpi, Problem> {
    let name = name.trim();
    app.models.kpi(name).ok_or_else(|| {
        Problem::unknown(
            "kpi",
            name,
            app.models.kpis.iter().map(|kpi| kpi.name.as_str()),
            "list_kpis (mg kpi)",
        )
    })
}

/// The KPI as the database keeps it.
pub(super) fn definition(kpi: &Kpi) -> KpiDefinition {
    KpiDefinition {
        name: kpi.name.clone(),
        title_fr: kpi.title_fr.clone(),
        title_en: kpi.title_en.clone(),
        description: kpi.description.clone(),
        unit: kpi.unit.clone(),
        grain: kpi.grain.as_str().to_owned(),
        good_direction: kpi.good.as_french().to_owned(),
        dataset: kpi.dataset.clone(),
        provisional_periods: i32::try_from(kpi.freshness.provisional_periods).unwrap_or(i32::MAX),
        sql: kpi.query.sql().to_owned(),
        fingerprint: kpi.fingerprint.clone(),
        computed_at: None,
        edition: None,
    }
}
