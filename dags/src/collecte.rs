//! `collecte`: one spider, when someone asks for it, or by a schedule that someone made.

use mg_flow::Dag;

use crate::jobs::{AskedCrawl, Crawl, ForecastKpis, MeasureKpis};

/// Runs one spider, then brings KPIs and forecasts up to what it loaded.
pub(crate) fn collecte() -> Dag {
    let mut dag = Dag::new("collecte", "Runs one spider, then measures and forecasts anew.");
    let asked = dag.parameters::<Crawl>().all();
    let crawled = dag.task("collecte", AskedCrawl(asked));
    let measured = dag.task("indicateurs", MeasureKpis {}).after(&crawled);
    dag.task("previsions", ForecastKpis {}).after(&measured);
    dag
}
