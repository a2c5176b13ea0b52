//! `mg dag run`: a DAG, followed to its end.

use std::process::ExitCode;

use mg_core::RunId;
use mg_server::app::{Launch, launch_dag};

use super::super::{parameters, service};
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::{progress, show};

/// Launches the DAG and follows the run.
pub(super) async fn run(
    config: &Config,
    dag: &str,
    parameters: &[String],
    json: bool,
) -> anyhow::Result<ExitCode> {
    let parameters = parameters::parse(parameters)?;
    let platform = Platform::open(config, "mg dag run", Access::Borrow).await?;
    let launched = launch_dag(&platform.operator(), &platform.app, dag, parameters).await;
    finish(platform, launched, json).await
}

/// Follows a run to its end, executing it here unless another process does; the exit code
/// says whether it succeeded.
pub(in crate::command) async fn finish(
    platform: Platform,
    launched: Result<Launch, mg_server::Problem>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let followed = match launched {
        Ok(launch) => {
            if launch.already_running {
                eprintln!("Run {} of the same launch has not ended; this follows it.", launch.run_id);
            }
            follow(&platform, RunId(launch.run_id)).await
        }
        Err(problem) => Err(problem.into()),
    };
    platform.close().await?;
    let report = followed?;
    if json {
        show::json(&report)?;
    } else {
        eprintln!("Run {}: {}", report.run_id, report.state);
    }
    Ok(if report.state == "succeeded" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn follow(platform: &Platform, run: RunId) -> anyhow::Result<mg_server::app::RunReport> {
    let worker = if platform.attached { None } else { Some(platform.start_worker().await?) };
    let ctx = platform.operator();
    let stop = service::stop_signal()?;
    let report = tokio::select! {
        report = progress::follow(&ctx, &platform.app, run) => report.map_err(anyhow::Error::from),
        () = stop.cancelled() => Err(anyhow::anyhow!("stopped; run {run} goes on with the next worker")),
    };
    if let Some(worker) = worker {
        worker.stop().await;
    }
    report
}
