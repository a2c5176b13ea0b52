//! What there is to name: the candidates for an argument that a client completes.

use chrono::Months;
use mg_core::{OpContext, Period};

use super::{App, zone};
use crate::Problem;

/// Latest periods that are offered.
const PERIODS: usize = 240;
/// Latest runs that are offered.
const RUNS: i64 = 1_000;

/// A kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// Tables, as `schema.table`.
    Tables,
    /// KPIs.
    Kpis,
    /// Communes by name.
    Communes,
    /// Ids of runs, newest first.
    Runs,
    /// Periods of a KPI's values, newest first; of the KPI with the most of them without one.
    Periods(Option<&'a str>),
}

/// Every name of that kind that `ctx` may use.
pub async fn known(ctx: &OpContext, app: &App, kind: Known<'_>) -> Result<Vec<String>, Problem> {
    Ok(match kind {
        Known::Tables => {
            let tables = app.open_tables().await?.into_iter();
            tables.map(|table| format!("{}.{}", table.schema, table.name)).collect()
        }
        Known::Kpis => app.models.kpis.iter().map(|kpi| kpi.name.clone()).collect(),
        Known::Communes => {
            let communes = app.models.territory.communes.iter();
            let inside = communes.filter(|commune| ctx.principal.scope.holds(&commune.code));
            inside.map(|commune| commune.nom.clone()).collect()
        }
        Known::Runs => app.store.recent_runs(RUNS).await?.iter().map(i64::to_string).collect(),
        Known::Periods(kpi) => periods(ctx, app, kpi).await?,
    })
}

async fn periods(ctx: &OpContext, app: &App, kpi: Option<&str>) -> Result<Vec<String>, Problem> {
    let wanted = app.models.kpis.iter().filter(|known| kpi.is_none_or(|name| known.name == name));
    let zones = zone::in_sight(ctx, app);
    let mut longest = Vec::new();
    for kpi in wanted {
        let span = app.store.kpi_span(&kpi.name, &zones).await?;
        let Some((first, last)) = span.first.zip(span.last) else { continue };
        let count = Period::holding(kpi.grain, last).since(Period::holding(kpi.grain, first));
        let labels: Vec<String> = (0..=u32::try_from(count).unwrap_or(0))
            .map_while(|back| last.checked_sub_months(Months::new(back * kpi.grain.months())))
            .map(|day| Period::holding(kpi.grain, day).to_string())
            .take(PERIODS)
            .collect();
        if labels.len() > longest.len() {
            longest = labels;
        }
    }
    Ok(longest)
}
