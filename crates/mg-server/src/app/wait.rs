//! Waiting for a run's end, for as long as a caller has patience.

use std::time::Duration;

use mg_core::{OpContext, RunId};
use tokio::time::{Instant, sleep};

use super::{App, RunReport, get_run};
use crate::Problem;

/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(400);

/// The run of that id as soon as it has ended, or as it stands after `patience`. Each look at it
/// on the way is shown to `look`.
pub async fn wait_for_run(
    ctx: &OpContext,
    app: &App,
    id: RunId,
    patience: Duration,
    mut look: impl FnMut(&RunReport),
) -> Result<RunReport, Problem> {
    let until = Instant::now() + patience;
    loop {
        let run = get_run(ctx, app, id).await?;
        look(&run);
        let left = until.saturating_duration_since(Instant::now());
        if run.finished || left.is_zero() {
            return Ok(run);
        }
        sleep(LOOK.min(left)).await;
    }
}
