//! `mg://kpis/{name}`: one KPI, its definition and its present value.

use chrono::{DateTime, Utc};
use mg_core::OpContext;
use rmcp::model::{Resource, ResourceTemplate, Role};
use serde::Serialize;

use super::{Address, JSON, KPI_TEMPLATE, Reading, annotations};
use crate::Problem;
use crate::app::{self, App, Indicator, KpiSpan, KpiSummary};

#[derive(Serialize)]
struct KpiSheet {
    #[serde(flatten)]
    kpi: KpiSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_at: Option<String>,
    /// The last complete period, over the whole territory or the communes of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<Indicator>,
}

pub(super) async fn listed(ctx: &OpContext, app: &App) -> Result<Vec<Resource>, Problem> {
    let spans = app::kpi_spans(ctx, app).await?;
    let mut kpis = app::list_kpis(ctx, app).await?;
    kpis.sort_by(|a, b| a.name.cmp(&b.name));
    let resource = |kpi: KpiSummary| {
        let mut notes = annotations(&[Role::User, Role::Assistant], 0.8);
        if let Some(measured) = measured(&spans, &kpi.name).and_then(|at| at.parse::<DateTime<Utc>>().ok()) {
            notes = notes.with_timestamp(measured);
        }
        Resource::new(Address::Kpi(kpi.name.clone()).uri(), kpi.name)
            .with_title(format!("{} / {}", kpi.title_en, kpi.title_fr))
            .with_description(format!("{} Unit: {}.", kpi.description, kpi.unit))
            .with_mime_type(JSON)
            .with_annotations(notes)
    };
    Ok(kpis.into_iter().map(resource).collect())
}

pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(KPI_TEMPLATE, "kpi")
        .with_title("A KPI / Un indicateur")
        .with_description("What a KPI measures, its unit, span and edition, and its latest complete value.")
        .with_mime_type(JSON)
        .with_annotations(annotations(&[Role::User, Role::Assistant], 0.8))
}

pub(super) async fn read(ctx: &OpContext, app: &App, name: &str) -> Result<Reading, Problem> {
    let known: Vec<String> = app.models.kpis.iter().map(|kpi| kpi.name.clone()).collect();
    let found = app::list_kpis(ctx, app).await?.into_iter().find(|kpi| kpi.name == name);
    let kpi =
        found.ok_or_else(|| Problem::unknown("kpi", name, known.iter().map(String::as_str), "list_kpis"))?;
    let measured_at = measured(&app::kpi_spans(ctx, app).await?, name).map(str::to_owned);
    let latest = match app::get_indicator(ctx, app, name, None, &[]).await {
        Ok(latest) => Some(latest),
        // A KPI without data, or none for this principal to see, is still a KPI.
        Err(problem) if matches!(problem.code.as_str(), "no_values_yet" | "out_of_scope") => None,
        Err(problem) => return Err(problem),
    };
    Reading::json(&KpiSheet { kpi, measured_at, latest })
}

fn measured<'a>(spans: &'a [KpiSpan], name: &str) -> Option<&'a str> {
    spans.iter().find(|span| span.name == name).and_then(|span| span.computed_at.as_deref())
}
