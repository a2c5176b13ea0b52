//! Following a run: bars on a terminal, lines elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use mg_core::{OpContext, RunId};
use mg_server::Problem;
use mg_server::app::{App, RunReport, TaskReport, get_run};
use tokio::time::sleep;

const LOOK_AGAIN: Duration = Duration::from_millis(150);

/// Shows a run until it ends, on standard error; returns how it ended.
pub(crate) async fn follow(ctx: &OpContext, app: &App, run: RunId) -> Result<RunReport, Problem> {
    let mut display = Display::new();
    loop {
        let report = get_run(ctx, app, run).await?;
        display.show(&report);
        if report.finished {
            display.finish();
            return Ok(report);
        }
        sleep(LOOK_AGAIN).await;
    }
}

enum Display {
    Bars { all: MultiProgress, by_task: HashMap<String, ProgressBar> },
    Lines { said: HashMap<String, String> },
}

impl Display {
    fn new() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Bars { all: MultiProgress::new(), by_task: HashMap::new() }
        } else {
            Self::Lines { said: HashMap::new() }
        }
    }

    fn show(&mut self, report: &RunReport) {
        for task in &report.tasks {
            match self {
                Self::Bars { all, by_task } => {
                    let bar =
                        by_task.entry(task.name.clone()).or_insert_with(|| all.add(new_bar(&task.name)));
                    update(bar, task, report);
                }
                Self::Lines { said } => {
                    if said.get(&task.name) != Some(&task.state) && task.state != "blocked" {
                        eprintln!("  {:<12} {}", task.name, describe(task, report));
                        said.insert(task.name.clone(), task.state.clone());
                    }
                }
            }
        }
    }

    fn finish(&self) {
        if let Self::Bars { by_task, .. } = self {
            by_task.values().for_each(ProgressBar::abandon);
        }
    }
}

fn new_bar(name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("  {prefix:<12} {bar:24} {msg}")
        .expect("the template is right")
        .progress_chars("━╸─");
    ProgressBar::new(1).with_style(style).with_prefix(name.to_owned())
}

fn update(bar: &ProgressBar, task: &TaskReport, report: &RunReport) {
    let whole = task.progress_total.unwrap_or(1).max(1).unsigned_abs();
    bar.set_length(whole);
    bar.set_position(match task.state.as_str() {
        "succeeded" => whole,
        _ => task.progress_done.unwrap_or(0).unsigned_abs(),
    });
    bar.set_message(describe(task, report));
}

fn describe(task: &TaskReport, report: &RunReport) -> String {
    let seconds = task.seconds.map(|seconds| format!(" ({seconds:.1} s)")).unwrap_or_default();
    let said = report.log.iter().rev().find(|line| line.task == task.name && line.level == "info");
    match (task.state.as_str(), &task.error, said) {
        ("failed", Some(error), _) => format!("failed{seconds}: {error}"),
        ("succeeded", _, Some(line)) => format!("done{seconds}: {}", line.message),
        ("succeeded", _, None) => format!("done{seconds}"),
        ("running", ..) => match (task.progress_done, task.progress_total) {
            (Some(done), Some(total)) => format!("{done}/{total}"),
            _ => "running".to_owned(),
        },
        (state, ..) => match &task.waits_for {
            Some(wait) => format!("{state}: {}", wait.message),
            None => state.to_owned(),
        },
    }
}
