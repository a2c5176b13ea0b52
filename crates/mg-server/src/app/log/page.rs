//! `get_run_logs`: the log of a run, page by page, as far as it is written.

use std::time::Duration;

use mg_core::{OpContext, RunId};
use mg_store::log::{LogFilter, LogPart};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::super::App;
use super::super::run::unknown_run;
use super::{LogQuestion, RunLogLine, for_whole_territory};
use crate::Problem;

/// Most lines of a page.
pub const MOST_LOG_LINES: u32 = 1_000;

/// A page of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LogPage {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// The lines, oldest first.
    pub lines: Vec<RunLogLine>,
    /// Send it as `after` for the lines behind these.
    #[schemars(range(min = 0))]
    pub next_after: i64,
    /// Whether there are no more lines, and will be none: the run has ended and its whole log was given.
    pub complete: bool,
}

/// At most `limit` lines of a run's log behind the line `after` (0 for its beginning). Where there is none yet and the
/// run goes on, it waits for one as long as `patience`.
///
/// # Errors
///
/// `logs_withheld` for a principal who is limited to communes.
pub async fn get_run_logs(
    ctx: &OpContext,
    app: &App,
    run: RunId,
    question: &LogQuestion,
    after: i64,
    limit: u32,
    patience: Duration,
) -> Result<LogPage, Problem> {
    for_whole_territory(ctx)?;
    if !(1..=MOST_LOG_LINES).contains(&limit) {
        let message = format!("A page has 1 to {MOST_LOG_LINES} lines, and not {limit}.");
        return Err(Problem::new("bad_arguments", message, "next_after leads to the lines behind."));
    }
    let filter = question.filter(Some(run))?;
    let until = Instant::now() + patience;
    let mut tail = None;
    loop {
        let page = read(app, run, &filter, after, limit).await?;
        if page.complete || !page.lines.is_empty() || patience.is_zero() {
            return Ok(page);
        }
        let tail = match &mut tail {
            Some(tail) => tail,
            none => none.insert(app.tails.follow(ctx, run)?),
        };
        if timeout_at(until, tail.moved()).await.is_err() {
            return Ok(page);
        }
    }
}

/// A page as it stands now.
pub(super) async fn read(
    app: &App,
    run: RunId,
    filter: &LogFilter,
    after: i64,
    limit: u32,
) -> Result<LogPage, Problem> {
    // In this order: what a run said, it said before its end.
    let Some(state) = app.store.run(run).await? else {
        return Err(unknown_run(app, run).await?);
    };
    let settled = app.store.settled_lines().await?;
    let part = LogPart::Onward { after, up_to: settled.line };
    let lines = app.store.log_lines(filter, part, i64::from(limit)).await?;
    let is_full = u32::try_from(lines.len()).is_ok_and(|count| count >= limit);
    let complete = state.finished_at.is_some() && settled.is_last && !is_full;
    // Behind the last that was looked at, and not the last that was let through: they are not looked at again.
    let next_after =
        if is_full { lines.last().map_or(after, |line| line.id) } else { after.max(settled.line) };
    let lines = lines.into_iter().map(RunLogLine::from).collect();
    Ok(LogPage { run_id: run.0, lines, next_after, complete })
}
