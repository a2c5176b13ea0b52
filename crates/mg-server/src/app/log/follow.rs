//! The log of a run as a stream, from a line on to the run's end.

use std::collections::VecDeque;

use futures::stream::{Stream, try_unfold};
use mg_core::{OpContext, RunId};
use mg_store::log::LogFilter;

use super::super::App;
use super::page::read;
use super::tails::Tail;
use super::{LogQuestion, RunLogLine, for_whole_territory};
use crate::Problem;

/// Lines that are read at a time.
const LINES: u32 = 500;

/// What a stream knows between two lines.
struct Following {
    app: App,
    run: RunId,
    filter: LogFilter,
    tail: Tail,
    after: i64,
    lines: VecDeque<RunLogLine>,
    complete: bool,
}

/// The lines of a run's log behind the line `after` (0 for its beginning), each as soon as it is written, in their
/// order and none twice. It ends when the run has ended and all was told.
///
/// # Errors
///
/// `logs_withheld` for a principal who is limited to communes, `unknown_run`, and `too_many_streams`.
pub async fn follow_run_log(
    ctx: &OpContext,
    app: &App,
    run: RunId,
    question: &LogQuestion,
    after: i64,
) -> Result<impl Stream<Item = Result<RunLogLine, Problem>> + Send + use<>, Problem> {
    for_whole_territory(ctx)?;
    let filter = question.filter(Some(run))?;
    // Before the first reading: what comes after that is news.
    let tail = app.tails.follow(ctx, run)?;
    let page = read(app, run, &filter, after, LINES).await?;
    let following = Following {
        app: app.clone(),
        run,
        filter,
        tail,
        after: page.next_after,
        lines: page.lines.into(),
        complete: page.complete,
    };
    Ok(try_unfold(following, Following::next))
}

impl Following {
    async fn next(mut self) -> Result<Option<(RunLogLine, Self)>, Problem> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some((line, self)));
            }
            if self.complete {
                return Ok(None);
            }
            let page = read(&self.app, self.run, &self.filter, self.after, LINES).await?;
            if page.lines.is_empty() && !page.complete {
                self.tail.moved().await;
            }
            self.after = page.next_after;
            self.complete = page.complete;
            self.lines = page.lines.into();
        }
    }
}
