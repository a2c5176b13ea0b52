//! DAGs for people.

use mg_server::app::{DagReport, DagSummary, DagTask};

use crate::show::{self, outln};

/// Prints DAGs, a line each.
pub(super) fn print_list(dags: &[DagSummary]) -> anyhow::Result<()> {
    let headers = ["DAG", "Apporte / brings", "Prochain / next", "Dernier run / last run", "État / state"];
    let mut table = show::table(&headers, &[]);
    for dag in dags {
        let next = match (&dag.next_instant, dag.starts_when_changed.as_slice()) {
            (Some(next), _) => show::instant(next),
            (None, []) => String::new(),
            (None, tables) => format!("quand / when {}", tables.join(", ")),
        };
        let last =
            dag.last_run.as_ref().map(|run| format!("{} {}", run.run_id, run.state)).unwrap_or_default();
        let state = match &dag.paused_by {
            Some(by) => format!("suspendu / paused ({by})"),
            None => "actif / active".to_owned(),
        };
        table.add_row([&dag.name, &dag.doc, &next, &last, &state]);
    }
    show::print(table)
}

/// Prints a DAG in full.
pub(super) fn print(report: &DagReport) -> anyhow::Result<()> {
    let dag = &report.dag;
    outln!("{}: {}", dag.name, dag.doc);
    if let (Some(cron), Some(zone)) = (&dag.cron, &dag.zone) {
        outln!("  `{cron}` ({zone})");
    }
    for instant in &report.upcoming {
        outln!("  à venir / upcoming: {}", show::instant(instant));
    }
    if !dag.starts_when_changed.is_empty() {
        outln!("  quand changent / when change: {}", dag.starts_when_changed.join(", "));
    }
    if let Some(by) = &dag.paused_by {
        outln!("  suspendu par / paused by {by}");
    }
    if let Some(properties) = dag.parameters.as_ref().and_then(|schema| schema["properties"].as_object()) {
        for (name, schema) in properties {
            outln!("  --set {name}=…  {}", schema["description"].as_str().unwrap_or_default());
        }
    }
    for task in &report.tasks {
        outln!("  {}", line(task));
    }
    Ok(())
}

fn line(task: &DagTask) -> String {
    let mut line = format!("{:<16} {}", task.name, task.job);
    if task.kind != "job" {
        line.push_str(&format!(" [{}]", task.kind));
    }
    if !task.after.is_empty() {
        line.push_str(&format!(" après / after {}", task.after.join(", ")));
    }
    if task.rule != "all_succeeded" {
        line.push_str(&format!(" ({})", task.rule));
    }
    if let Some(pool) = &task.pool {
        line.push_str(&format!(", file / pool {pool}"));
    }
    if task.retries > 0 {
        line.push_str(&format!(", {} reprises / retries", task.retries));
    }
    if !task.writes.is_empty() {
        line.push_str(&format!(" → {}", task.writes.join(", ")));
    }
    line
}
