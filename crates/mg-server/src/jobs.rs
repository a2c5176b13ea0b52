//! The jobs that runs are made of: what the names in `dags/` do.

mod crawl;
mod forecast;
mod measure;
mod upkeep;

use std::sync::Arc;

use mg_core::Clock;
use mg_flow::Jobs;

use crate::app::App;

pub(crate) use crawl::fetcher_for;

/// Every job there is.
pub fn jobs(app: &App, clock: Arc<dyn Clock>) -> Jobs {
    Jobs::default()
        .with(crawl::CrawlJob { app: app.clone(), clock: Arc::clone(&clock) })
        .with(measure::MeasureJob { app: app.clone() })
        .with(forecast::ForecastJob { app: app.clone(), clock })
        .with(upkeep::PruneJob { app: app.clone() })
        .with(upkeep::AdviceJob { app: app.clone() })
        .with(upkeep::AuditJob { app: app.clone() })
}
