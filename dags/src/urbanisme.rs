//! `urbanisme`: permits and sales of the territory, up to their forecasts.

use mg_flow::Dag;

use crate::jobs::{Crawl, ForecastKpis, MeasureKpis};

/// The main job of the platform.
pub(crate) fn urbanisme() -> Dag {
    let mut dag = Dag::new("urbanisme", "Collects permits and sales, measures the KPIs and forecasts them.");
    let permits = dag.task("permis", Crawl::all_of("sitadel")).writes(["analytics.fact_permis"]);
    let sales = dag.task("ventes", Crawl::all_of("dvf")).writes(["analytics.fact_mutation"]);
    // It does not say that it writes values and editions: what starts on their change is done here.
    let measured = dag.task("indicateurs", MeasureKpis {}).after(&permits).after(&sales);
    dag.task("previsions", ForecastKpis {}).after(&measured).writes(["kpi.forecast"]);
    dag
}
