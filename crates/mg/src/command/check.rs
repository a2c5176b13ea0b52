//! `mg check`: configuration, models and DAGs, without starting anything.

use std::process::ExitCode;
use std::sync::Arc;

use mg_core::SystemClock;
use serde_json::json;

use crate::config::Config;
use crate::show::outln;
use crate::{platform, show};

/// Reads everything that can be wrong before a start. The configuration was read on the way here.
pub(super) fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    platform::check_spiders(config)?;
    config.work.options()?;
    platform::alert_channels(config, Arc::new(SystemClock))?;
    let models = platform::models(config, &platform::gate())?;
    let dags = mg_dags::all()?;
    let kpis: Vec<&str> = models.kpis.iter().map(|kpi| kpi.name.as_str()).collect();
    let dag_names: Vec<&str> = dags.iter().map(|dag| dag.name.as_str()).collect();
    if as_json {
        let communes = models.territory.communes.len();
        show::json(&json!({ "communes": communes, "kpis": kpis, "dags": dag_names }))?;
    } else {
        outln!("The configuration is right.");
        outln!("{}: {} communes.", models.territory.nom, models.territory.communes.len());
        outln!("{} KPIs: {}.", kpis.len(), kpis.join(", "));
        for dag in dags.iter() {
            outln!("DAG {}: {}", dag.name, dag.doc);
            for task in &dag.tasks {
                let after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
                let after = after.join(", ");
                let after = if after.is_empty() { String::new() } else { format!(" after {after}") };
                outln!("  {} ({}){after}", task.name, task.job);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
