//! Schedules for people.

use mg_server::app::{PauseReport, ScheduleReport, ScheduleSummary};

use crate::show::{self, outln};

/// Prints schedules, a line each.
pub(super) fn print_list(schedules: &[ScheduleSummary]) -> anyhow::Result<()> {
    let headers = ["Id", "Nom / name", "DAG", "Cron", "Zone", "Prochain / next", "État / state"];
    let mut table = show::table(&headers, &[0]);
    for schedule in schedules {
        let ScheduleSummary { schedule_id, name, dag, cron, zone, next_instant, paused_by, .. } = schedule;
        let next = next_instant.as_deref().map(show::instant).unwrap_or_default();
        let state = match paused_by {
            Some(by) => format!("suspendue / paused ({by})"),
            None => "active".to_owned(),
        };
        table.add_row([&schedule_id.to_string(), name, dag, cron, zone, &next, &state]);
    }
    show::print(table)
}

/// Prints a schedule in full.
pub(super) fn print(report: &ScheduleReport) -> anyhow::Result<()> {
    print_list(std::slice::from_ref(&report.schedule))?;
    let schedule = &report.schedule;
    outln!("  catchup {}, overlap {}, version {}", schedule.catchup, schedule.overlap, schedule.version);
    if let Some(start) = &schedule.starts_at {
        outln!("  pas avant / not before {}", show::instant(start));
    }
    if let Some(end) = &schedule.ends_at {
        outln!("  pas après / not after {}", show::instant(end));
    }
    if let Some(window) = schedule.window_s {
        outln!("  rattrapée jusqu'à / caught up within {window} s");
    }
    if schedule.jitter_s > 0 {
        outln!("  décalée jusqu'à / put off by up to {} s", schedule.jitter_s);
    }
    if schedule.parameters.as_object().is_some_and(|parameters| !parameters.is_empty()) {
        outln!("  paramètres / parameters: {}", schedule.parameters);
    }
    for instant in &report.upcoming {
        outln!("  à venir / upcoming: {}", show::instant(instant));
    }
    for run in &report.runs {
        let instant = run.instant.as_deref().map(show::instant).unwrap_or_default();
        outln!("  run {} {instant}: {}", run.run_id, run.state);
    }
    for skip in &report.skipped {
        let detail = skip.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let (first, last) = (show::instant(&skip.first), show::instant(&skip.last));
        outln!("  sans run / no run: {first} … {last} ({}){detail}", skip.why);
    }
    for step in &report.history {
        outln!(
            "  {} {} v{} `{}` ({}), {}",
            show::instant(&step.at),
            step.what,
            step.version,
            step.cron,
            step.zone,
            step.by
        );
    }
    Ok(())
}

/// Prints what pausing or resuming did.
pub(in crate::command) fn print_paused(report: &PauseReport) -> anyhow::Result<()> {
    let state = if report.paused { "suspendu / paused" } else { "actif / active" };
    let before = if report.changed { "" } else { ", comme avant / as before" };
    outln!("{}: {state}{before}", report.name);
    Ok(())
}
