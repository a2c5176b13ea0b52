//! `mg work`: one more process that executes runs.

use std::process::ExitCode;

use mg_flow::WorkerOptions;
use mg_server::JobKind;

use super::service;
use crate::cli::WorkArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};

/// Executes runs, and makes them when their time has come, until told to stop.
pub(super) async fn run(config: &Config, arguments: &WorkArgs) -> anyhow::Result<ExitCode> {
    let stop = service::stop_signal()?;
    let platform = Platform::open(config, "mg work", Access::Borrow).await?;
    let kinds = if arguments.only.is_empty() { &JobKind::ALL[..] } else { &arguments.only };
    let worker = platform.start_worker_of(kinds, options(arguments)).await?;
    let scheduler = platform.start_scheduler().await?;
    let names = kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    tracing::info!(slots = arguments.slots, kinds = names, "working");
    stop.cancelled().await;
    tracing::info!("stopping");
    scheduler.stop().await;
    service::end(platform, worker).await?;
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &WorkArgs) -> WorkerOptions {
    let defaults = WorkerOptions::default();
    WorkerOptions {
        name: arguments.name.clone().unwrap_or(defaults.name.clone()),
        slots: arguments.slots.into(),
        pools: (!arguments.pools.is_empty()).then(|| arguments.pools.clone()),
        ..defaults
    }
}
