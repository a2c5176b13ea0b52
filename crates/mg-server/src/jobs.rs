//! The jobs that runs are made of: what the names in `dags/` do.

mod collector;
mod crawl;
mod forecast;
mod measure;
mod pages;
mod sources;
mod upkeep;

use std::sync::Arc;

use mg_core::Clock;
use mg_flow::Jobs;

use crate::app::App;

use collector::Collector;
pub(crate) use collector::fetcher_for;

/// What a worker may be told to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// What reaches out to portals.
    Spiders,
    /// What measures and forecasts.
    Kpis,
    /// What looks after the platform itself.
    Upkeep,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [JobKind; 3] = [JobKind::Spiders, JobKind::Kpis, JobKind::Upkeep];

    /// Its name at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::Spiders => "spiders",
            JobKind::Kpis => "kpis",
            JobKind::Upkeep => "upkeep",
        }
    }
}

/// Every job there is.
pub fn jobs(app: &App, clock: &Arc<dyn Clock>) -> Jobs {
    jobs_of(app, clock, &JobKind::ALL)
}

/// The jobs of these kinds.
pub fn jobs_of(app: &App, clock: &Arc<dyn Clock>, kinds: &[JobKind]) -> Jobs {
    kinds.iter().fold(Jobs::default(), |jobs, kind| match kind {
        JobKind::Spiders => {
            let collector = Collector { app: app.clone(), clock: Arc::clone(clock) };
            jobs.with(crawl::CrawlJob { collector: collector.clone() })
                .with(sources::ListSourcesJob { collector: collector.clone() })
                .with(sources::LoadSourceJob { collector: collector.clone() })
                .with(sources::RecordEditionJob { collector })
                .with(sources::ListDailySpidersJob { app: app.clone() })
        }
        JobKind::Kpis => jobs
            .with(measure::MeasureJob { app: app.clone() })
            .with(forecast::ForecastJob { app: app.clone(), clock: Arc::clone(clock) }),
        JobKind::Upkeep => jobs
            .with(upkeep::PruneJob { app: app.clone() })
            .with(upkeep::AdviceJob { app: app.clone() })
            .with(upkeep::AuditJob { app: app.clone() }),
    })
}
