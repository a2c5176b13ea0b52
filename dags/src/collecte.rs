//! `collecte`: one spider, when someone asks for it.

use mg_flow::Dag;

use crate::jobs::{Crawl, ForecastKpis, MeasureKpis};

/// Runs one spider, then brings KPIs and forecasts up to what it loaded.
pub fn collecte(crawl: Crawl) -> Dag {
    let mut dag = Dag::new("collecte", "Runs one spider, then measures and forecasts anew.");
    dag.parameters::<Crawl>();
    let crawled = dag.task("collecte", crawl);
    let measured = dag.task("indicateurs", MeasureKpis {}).after(&crawled);
    dag.task("previsions", ForecastKpis {}).after(&measured);
    dag
}
