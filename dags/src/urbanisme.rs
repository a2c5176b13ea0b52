//! `urbanisme`: permits and sales of the territory, up to their forecasts.

use mg_flow::Dag;

use crate::jobs::{Crawl, ForecastKpis, MeasureKpis};

/// The main job of the platform.
pub(crate) fn urbanisme() -> Dag {
    Dag::new("urbanisme", "Collects permits and sales, measures the KPIs and forecasts them.")
        .task("permis", Crawl::all_of("sitadel"))
        .task("ventes", Crawl::all_of("dvf"))
        .task("indicateurs", MeasureKpis {})
        .after(["permis", "ventes"])
        .task("previsions", ForecastKpis {})
        .after(["indicateurs"])
}
