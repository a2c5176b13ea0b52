//! `search_logs`: lines of all runs, newest first.

use mg_core::OpContext;
use mg_store::log::LogPart;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::App;
use super::{LogQuestion, MOST_LOG_LINES, RunLogLine, for_whole_territory};
use crate::Problem;

/// Lines that were searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FoundLines {
    /// The lines, newest first.
    pub lines: Vec<RunLogLine>,
    /// Send it as `before` for older lines; left out when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub next_before: Option<i64>,
}

/// At most `limit` lines of any run, those before the line `before`; without it, the newest.
///
/// # Errors
///
/// `logs_withheld` for a principal who is limited to communes.
pub async fn search_logs(
    ctx: &OpContext,
    app: &App,
    question: &LogQuestion,
    before: Option<i64>,
    limit: u32,
) -> Result<FoundLines, Problem> {
    for_whole_territory(ctx)?;
    if !(1..=MOST_LOG_LINES).contains(&limit) {
        let message = format!("A page has 1 to {MOST_LOG_LINES} lines, and not {limit}.");
        return Err(Problem::new("bad_arguments", message, "next_before leads to older lines."));
    }
    let filter = question.filter(None)?;
    let mut lines = app.store.log_lines(&filter, LogPart::Back { before }, i64::from(limit) + 1).await?;
    let more = u32::try_from(lines.len()).is_ok_and(|count| count > limit);
    lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_before = lines.last().map(|line| line.id).filter(|_| more);
    Ok(FoundLines { lines: lines.into_iter().map(RunLogLine::from).collect(), next_before })
}
