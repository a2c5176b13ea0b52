//! `mg run logs`.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use mg_core::{OpContext, RunId};
use mg_server::Problem;
use mg_server::app::{
    App, LogQuestion, MOST_LOG_LINES, RunLogLine, follow_run_log, get_run_logs, parse_instant, search_logs,
};

use crate::cli::LogFilterArgs;
use crate::show::{self, outln};

/// Prints the lines of a run as they are written, until it has ended; in JSON, one object a line.
pub(super) async fn follow(
    ctx: &OpContext,
    app: &App,
    run: RunId,
    filter: &LogFilterArgs,
    json: bool,
) -> anyhow::Result<()> {
    let lines = follow_run_log(ctx, app, run, &question(ctx, filter)?, 0).await?;
    let mut lines = pin!(lines);
    while let Some(line) = lines.next().await {
        let line = line?;
        if json { show::print(serde_json::to_string(&line)?)? } else { print(&line)? }
    }
    Ok(())
}

/// Prints the whole log of a run as far as it is written.
pub(super) async fn print_run(
    ctx: &OpContext,
    app: &App,
    run: RunId,
    filter: &LogFilterArgs,
    json: bool,
) -> anyhow::Result<()> {
    let question = question(ctx, filter)?;
    let (mut lines, mut after) = (Vec::new(), 0);
    loop {
        let page = get_run_logs(ctx, app, run, &question, after, MOST_LOG_LINES, Duration::ZERO).await?;
        let was_last = page.lines.is_empty();
        after = page.next_after;
        lines.extend(page.lines);
        if was_last {
            break;
        }
    }
    if json { show::json(&lines) } else { lines.iter().try_for_each(print) }
}

/// Prints the latest lines of all runs, oldest first.
pub(super) async fn print_all(
    ctx: &OpContext,
    app: &App,
    filter: &LogFilterArgs,
    json: bool,
) -> anyhow::Result<()> {
    let mut lines = search_logs(ctx, app, &question(ctx, filter)?, None, filter.limit).await?.lines;
    lines.reverse();
    if json {
        return show::json(&lines);
    }
    lines.iter().try_for_each(|line| {
        outln!("{:>6} {}", line.run_id, text(line));
        Ok(())
    })
}

fn question(ctx: &OpContext, filter: &LogFilterArgs) -> Result<LogQuestion, Problem> {
    let LogFilterArgs { dag, task, level, text, since, limit: _ } = filter;
    let since = since.as_deref().map(|text| parse_instant(ctx, text)).transpose()?;
    Ok(LogQuestion { dag: dag.clone(), task: task.clone(), level: level.clone(), text: text.clone(), since })
}

fn print(line: &RunLogLine) -> anyhow::Result<()> {
    show::print(text(line))
}

fn text(line: &RunLogLine) -> String {
    let fields = line.fields.as_ref().map(|fields| format!(" {fields}")).unwrap_or_default();
    format!("{} {:<5} {}: {}{fields}", show::instant(&line.at), line.level, line.task, line.message)
}
