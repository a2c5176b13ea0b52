//! `collecte`: one spider, when someone asks for it.

use mg_flow::Dag;

use crate::jobs::{Crawl, ForecastKpis, MeasureKpis};

/// Runs one spider, then brings KPIs and forecasts up to what it loaded.
pub fn collecte(crawl: Crawl) -> Dag {
    Dag::new("collecte", "Runs one spider, then measures and forecasts anew.")
        .task("collecte", crawl)
        .task("indicateurs", MeasureKpis {})
        .after(["collecte"])
        .task("previsions", ForecastKpis {})
        .after(["indicateurs"])
}
