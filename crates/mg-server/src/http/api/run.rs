//! Runs and their logs.

pub(super) mod cancel;
pub(super) mod graph;
pub(super) mod list;
pub(super) mod logs;
pub(super) mod rerun;
pub(super) mod search;
pub(super) mod show;
pub(super) mod tasks;

use schemars::JsonSchema;
use serde::Deserialize;

/// A run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneRun {
    /// Id of the run.
    #[schemars(range(min = 1))]
    run_id: i64,
}
