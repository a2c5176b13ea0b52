//! Tasks: claimed by a worker, ended under a fence.
//!
//! A task ends only if it is still running the attempt that ends it, in the transaction that
//! readies what comes next. A worker that was given up for lost and comes back late updates
//! nothing.

mod claim;
mod end;
mod log;
mod settle;
mod spread;

use std::time::Duration;

use chrono::{DateTime, Utc};
use mg_core::{RunId, TaskId};
use serde_json::{Map, Value};

pub use claim::{Bound, Claim, Taker};
pub use end::{Completion, Ended, Failure, Wrote};
pub(crate) use log::log_line;
pub use log::{LogEntry, LogLevel};
pub(crate) use settle::{CHANNEL, TAKEN, announce_taken, announce_work, settle_run};

use crate::run::Backoff;

/// A task that a worker has taken.
#[derive(Debug, Clone)]
pub struct ClaimedTask {
    /// Its id.
    pub id: TaskId,
    /// Its run.
    pub run: RunId,
    /// Its name in the DAG.
    pub name: String,
    /// The job that executes it.
    pub job: String,
    /// What the job is given, as a template: see [`Known`].
    pub input: Value,
    /// Which attempt this is, from 1: the fence.
    pub attempt: i32,
    /// What it is.
    pub kind: ClaimedKind,
    /// What its templates may ask for.
    pub known: Known,
    /// The tables that it writes, `schema.table`.
    pub writes: Vec<String>,
    /// How long this attempt may take.
    pub timeout: Option<Duration>,
    /// How long it waits before it is begun anew.
    pub backoff: Backoff,
    /// How often it has failed of itself.
    pub failures: i32,
    /// Whether its run, which begins with it, could not be marked as begun.
    pub(crate) run_is_held: bool,
}

/// What a claimed task is.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimedKind {
    /// A job.
    Job,
    /// A job whose output names branches.
    Branch,
    /// A job to be spread over a list, see [`crate::Store::spread_task`].
    Map {
        /// The template of the list.
        over: Value,
    },
}

/// What stands for the placeholders of a task's templates.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Outputs of the tasks that it waited for and that succeeded, by name.
    pub outputs: Map<String, Value>,
    /// The run's parameters.
    pub parameters: Value,
    /// The element of a mapped list that the task is for.
    pub item: Option<Value>,
    /// The instant that the run is for; of one that was asked for by hand, when that was.
    pub instant: DateTime<Utc>,
}
