//! `mg workers`: who executes tasks.

use std::process::ExitCode;

use mg_server::app::{WorkerReport, list_workers};

use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show;

/// Lists the processes that execute tasks.
pub(super) async fn run(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg workers", Access::Read).await?;
    let listed = list_workers(&platform.operator(), &platform.app).await;
    platform.close().await?;
    let workers = listed?.workers;
    if json {
        show::json(&workers)?;
        return Ok(ExitCode::SUCCESS);
    }
    let headers = ["Nom / name", "Tâches / tasks", "Files / pools", "Métiers / jobs", "Entendu / heard"];
    let mut table = show::table(&headers, &[]);
    for worker in &workers {
        let WorkerReport { name, jobs, pools, slots, running, heartbeat_at, .. } = worker;
        let pools = if pools.is_empty() { "toutes / all".to_owned() } else { pools.join(", ") };
        let busy = format!("{running} / {slots}");
        table.add_row([name, &busy, &pools, &jobs.join(", "), &show::instant(heartbeat_at)]);
    }
    show::print(table)?;
    Ok(ExitCode::SUCCESS)
}
