//! What the platform holds and how fresh it is, on one page.

use chrono::{DateTime, Utc};
use mg_core::{OpContext, Period};
use mg_store::audit::CallStatistics;
use serde::Serialize;

use super::{App, RunQuestion, RunSummary, TableSummary, call_statistics, list_runs, list_tables, zone};
use crate::Problem;

/// Runs that are told.
const RECENT_RUNS: u32 = 10;

/// How far back calls are told.
const CALLS_HOURS: u32 = 24;

/// A dataset's newest edition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatasetFreshness {
    /// The dataset: the name of its spider.
    pub dataset: String,
    /// Its newest edition (millésime) here; left out before the first load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// When that edition first came, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_loaded_at: Option<String>,
    /// When it was last loaded, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_at: Option<String>,
    /// Days since it first came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// Whether a newer edition should have come by now.
    pub late: bool,
}

/// The span of a KPI's values, over the whole territory or the communes that the principal is
/// limited to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiSpan {
    /// The KPI.
    pub name: String,
    /// First period with a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_period: Option<String>,
    /// Last period that the source has completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_settled_period: Option<String>,
    /// Last period with a value, provisional ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_period: Option<String>,
    /// Edition of the data that it was measured from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// When it was last measured, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed_at: Option<String>,
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Tables, with their estimated numbers of rows for a principal who sees every row.
    pub tables: Vec<TableSummary>,
    /// Datasets with their editions.
    pub datasets: Vec<DatasetFreshness>,
    /// KPIs with their spans.
    pub kpis: Vec<KpiSpan>,
    /// The latest runs, newest first.
    pub runs: Vec<RunSummary>,
    /// How calls went within a day, by tool: to an admin those of everybody, else one's own.
    pub calls: Vec<CallStatistics>,
}

/// What there is now.
pub async fn overview(ctx: &OpContext, app: &App) -> Result<Overview, Problem> {
    Ok(Overview {
        tables: list_tables(ctx, app).await?,
        datasets: datasets(ctx, app).await?,
        kpis: kpi_spans(ctx, app).await?,
        runs: list_runs(ctx, app, &RunQuestion::latest(RECENT_RUNS)).await?.runs,
        calls: call_statistics(ctx, app, CALLS_HOURS).await?,
    })
}

async fn datasets(ctx: &OpContext, app: &App) -> Result<Vec<DatasetFreshness>, Problem> {
    let mut names: Vec<&str> = app.models.kpis.iter().map(|kpi| kpi.dataset.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut datasets = Vec::with_capacity(names.len());
    for name in names {
        let edition = app.store.latest_edition(name).await?;
        let age_days = edition.as_ref().map(|edition| (ctx.now() - edition.first_loaded_at).num_days());
        let kpis = app.models.kpis.iter().filter(|kpi| kpi.dataset == name);
        let patience = kpis.map(|kpi| i64::from(kpi.freshness.late_after_days)).min();
        datasets.push(DatasetFreshness {
            dataset: name.to_owned(),
            first_loaded_at: edition.as_ref().map(|edition| instant(edition.first_loaded_at)),
            loaded_at: edition.as_ref().map(|edition| instant(edition.loaded_at)),
            edition: edition.map(|edition| edition.name),
            late: age_days.zip(patience).is_some_and(|(age, patience)| age > patience),
            age_days,
        });
    }
    Ok(datasets)
}

/// The span of every KPI's values.
pub async fn kpi_spans(ctx: &OpContext, app: &App) -> Result<Vec<KpiSpan>, Problem> {
    let stored = app.store.kpis().await?;
    let zones = zone::in_sight(ctx, app);
    let mut spans = Vec::with_capacity(app.models.kpis.len());
    for kpi in &app.models.kpis {
        let span = app.store.kpi_span(&kpi.name, &zones).await?;
        let label = |day| Period::holding(kpi.grain, day).to_string();
        let known = stored.iter().find(|known| known.name == kpi.name);
        spans.push(KpiSpan {
            name: kpi.name.clone(),
            first_period: span.first.map(label),
            last_settled_period: span.last_settled.map(label),
            last_period: span.last.map(label),
            edition: known.and_then(|known| known.edition.clone()),
            computed_at: known.and_then(|known| known.computed_at).map(instant),
        });
    }
    Ok(spans)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}
