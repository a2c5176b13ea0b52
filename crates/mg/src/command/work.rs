//! `mg work`: one more process that executes runs.

use std::process::ExitCode;
use std::sync::Arc;

use mg_core::SystemClock;
use mg_flow::WorkerOptions;
use mg_server::JobKind;

use super::service;
use crate::cli::WorkArgs;
use crate::config::Config;
use crate::platform::{self, Access, Platform};

/// Executes runs, makes them when their time has come, and tells of what goes wrong, until told to stop.
pub(super) async fn run(mut config: Config, arguments: &WorkArgs) -> anyhow::Result<ExitCode> {
    config.work.slots = arguments.slots.unwrap_or(config.work.slots);
    config.work.poll_only |= arguments.poll_only;
    let stop = service::stop_signal()?;
    let channels = platform::alert_channels(&config, Arc::new(SystemClock))?;
    let platform = Platform::open(&config, "mg work", Access::Borrow).await?;
    let kinds = if arguments.only.is_empty() { &JobKind::ALL[..] } else { &arguments.only };
    let worker = platform.start_worker_of(kinds, options(&platform.work, arguments)).await?;
    let scheduler = platform.start_scheduler().await?;
    let alerts = platform.start_alerts(channels);
    let names = kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    tracing::info!(slots = config.work.slots, kinds = names, "working");
    stop.cancelled().await;
    tracing::info!("stopping");
    scheduler.stop().await;
    alerts.stop().await;
    service::end(platform, worker).await?;
    Ok(ExitCode::SUCCESS)
}

fn options(configured: &WorkerOptions, arguments: &WorkArgs) -> WorkerOptions {
    let configured = configured.clone();
    WorkerOptions {
        name: arguments.name.clone().unwrap_or(configured.name),
        pools: (!arguments.pools.is_empty()).then(|| arguments.pools.clone()),
        ..configured
    }
}
