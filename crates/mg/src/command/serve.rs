//! `mg serve`: the service.

use std::process::ExitCode;
use std::sync::Arc;

use mg_core::SystemClock;

use super::service;
use crate::cli::ServeArgs;
use crate::config::Config;
use crate::platform::{self, Access, Platform};

/// Serves agents and executes runs until told to stop.
pub(super) async fn run(mut config: Config, arguments: &ServeArgs) -> anyhow::Result<ExitCode> {
    config.server.port = arguments.port.unwrap_or(config.server.port);
    config.work.poll_only |= arguments.poll_only;
    let stop = service::stop_signal()?;
    // The port first: it is what is most often wrong, and costs nothing to find out.
    let listener = service::listen(&config.server).await?;
    let channels = platform::alert_channels(&config, Arc::new(SystemClock))?;
    let platform = Platform::open(&config, "mg serve", Access::Own).await?;
    let worker = platform.start_worker().await?;
    let scheduler = platform.start_scheduler().await?;
    let alerts = platform.start_alerts(channels);
    tracing::info!(mcp = format!("{}/mcp", service::url(&listener)?), "serving");
    let served = service::serve(&config, &platform, listener, stop).await;
    tracing::info!("stopping");
    scheduler.stop().await;
    alerts.stop().await;
    service::end(platform, worker).await?;
    served?;
    Ok(ExitCode::SUCCESS)
}
