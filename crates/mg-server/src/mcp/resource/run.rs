//! `mg://runs/{id}`: how a run stands.

use mg_core::{OpContext, RunId};
use rmcp::model::{ResourceTemplate, Role};

use super::{JSON, RUN_TEMPLATE, Reading, annotations};
use crate::Problem;
use crate::app::{self, App};

/// How long a client may keep what is said of a run that goes on, milliseconds.
const GOING_TTL_MS: u64 = 1_000;

pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(RUN_TEMPLATE, "run")
        .with_title("A run / Une exécution")
        .with_description(
            "State of a run, its tasks with progress and errors, and the last lines of its log. \
             Listen to it with subscriptions/listen to be told when it ends.",
        )
        .with_mime_type(JSON)
        .with_annotations(annotations(&[Role::User, Role::Assistant], 0.5))
}

pub(super) async fn read(ctx: &OpContext, app: &App, id: RunId) -> Result<Reading, Problem> {
    let run = app::get_run(ctx, app, id).await?;
    let going = !run.finished;
    let reading = Reading::json(&run)?;
    Ok(if going { Reading { ttl_ms: GOING_TTL_MS, ..reading } } else { reading })
}
