//! A run in full, for people.

use mg_server::app::{CancelReport, RerunReport, RunReport, RunTasks, TaskDetail};

use crate::show::{self, outln};

/// Prints a run with its tasks, what they wrote and the end of its log.
pub(super) fn print(run: &RunReport, tasks: &RunTasks) -> anyhow::Result<()> {
    let by = run.cancelled_by.as_ref().map(|name| format!(" par / by {name}")).unwrap_or_default();
    outln!("Run {} ({}): {}{by}", run.run_id, run.dag, run.state);
    outln!("  {} par / by {}, {}", run.cause, run.requested_by, show::instant(&run.created_at));
    if let Some(instant) = &run.instant {
        outln!("  pour / for {}", show::instant(instant));
    }
    if let Some(due) = &run.deadline_at {
        outln!("  échéance / due {}", show::instant(due));
    }
    if let Some(hash) = &run.definition_hash {
        outln!("  définition / definition {hash}");
    }
    if run.parameters.as_object().is_some_and(|parameters| !parameters.is_empty()) {
        outln!("  paramètres / parameters: {}", run.parameters);
    }
    for task in &tasks.tasks {
        print_task(task)?;
    }
    for write in &tasks.writes {
        let rows = write.rows.map(|rows| format!(" {rows} lignes / rows")).unwrap_or_default();
        outln!("  {} → {}{rows}", write.task, write.table);
    }
    for line in &run.log {
        outln!("  {} {} {}: {}", show::instant(&line.at), line.level, line.task, line.message);
    }
    Ok(())
}

fn print_task(task: &TaskDetail) -> anyhow::Result<()> {
    let seconds = task.seconds.map(|seconds| format!(" ({seconds:.1} s)")).unwrap_or_default();
    let why = task.skipped_because.as_ref().map(|why| format!(" [{why}]")).unwrap_or_default();
    let error = task.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    let inset = if task.parent.is_some() { "    " } else { "  " };
    outln!("{inset}{:<16} {}{why}{seconds}{error}", task.name, task.state);
    if let Some(wait) = &task.waits_for {
        let advice = wait.advice.as_deref().unwrap_or_default();
        outln!("{inset}  attend / waits: {} {advice}", wait.message);
    }
    for attempt in task.attempts.iter().filter(|_| task.attempts.len() > 1) {
        let outcome = attempt.outcome.as_deref().unwrap_or("running");
        let error = attempt.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        outln!(
            "{inset}  n° {} {} {outcome} ({}){error}",
            attempt.attempt,
            show::instant(&attempt.started_at),
            attempt.worker
        );
    }
    Ok(())
}

/// Prints what a change to a run did.
pub(super) fn print_changed(report: &RerunReport) -> anyhow::Result<()> {
    let tasks = if report.changed {
        report.tasks.join(", ")
    } else {
        "rien à changer / nothing to change".to_owned()
    };
    outln!("Run {} ({}): {tasks}", report.run_id, report.state);
    Ok(())
}

/// Prints what cancelling did.
pub(super) fn print_cancelled(report: &CancelReport) -> anyhow::Result<()> {
    let words = if report.changed { "annulé / cancelled" } else { "déjà terminé / had ended before" };
    outln!("Run {}: {words} ({})", report.run_id, report.state);
    Ok(())
}
