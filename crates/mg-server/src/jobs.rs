//! The jobs that runs are made of: what the names in `dags/` do.

mod collector;
mod crawl;
mod forecast;
mod measure;
mod sources;
mod upkeep;

use std::sync::Arc;

use mg_core::Clock;
use mg_flow::Jobs;

use crate::app::App;

use collector::Collector;
pub(crate) use collector::fetcher_for;

/// Every job there is.
pub fn jobs(app: &App, clock: Arc<dyn Clock>) -> Jobs {
    let collector = Collector { app: app.clone(), clock: Arc::clone(&clock) };
    Jobs::default()
        .with(crawl::CrawlJob { collector: collector.clone() })
        .with(sources::ListSourcesJob { collector: collector.clone() })
        .with(sources::LoadSourceJob { collector: collector.clone() })
        .with(sources::RecordEditionJob { collector })
        .with(sources::ListDailySpidersJob)
        .with(measure::MeasureJob { app: app.clone() })
        .with(forecast::ForecastJob { app: app.clone(), clock })
        .with(upkeep::PruneJob { app: app.clone() })
        .with(upkeep::AdviceJob { app: app.clone() })
        .with(upkeep::AuditJob { app: app.clone() })
}
