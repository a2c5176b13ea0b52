//! Logs of runs: read page by page, searched, followed.

mod follow;
mod line;
mod page;
mod search;
mod tails;

pub use follow::follow_run_log;
pub use line::{LogQuestion, RunLogLine};
pub use page::{LogPage, MOST_LOG_LINES, get_run_logs};
pub use search::{FoundLines, search_logs};
pub use tails::LogTails;

use mg_core::{OpContext, Scope};

use crate::Problem;

/// What a run says is about the whole territory.
fn for_whole_territory(ctx: &OpContext) -> Result<(), Problem> {
    if ctx.principal.scope == Scope::All {
        return Ok(());
    }
    Err(Problem::new(
        "logs_withheld",
        "Logs tell of the whole territory, and this token is limited to communes.",
        "get_run tells how a run stands; for its log ask with a token that is not limited.",
    ))
}
