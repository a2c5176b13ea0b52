//! A run to be made, and its tasks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// When a task may begin, by how the tasks before it ended.
///
/// A task before it counts as failed if it failed, was cancelled, or was skipped because of such a
/// one; as skipped if a branch was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerRule {
    /// All succeeded.
    #[default]
    AllSucceeded,
    /// All ended, in whatever way.
    AllDone,
    /// One failed; the others need not have ended.
    OneFailed,
    /// One succeeded; the others need not have ended.
    OneSucceeded,
    /// All ended and none failed; some may have been skipped.
    NoneFailed,
}

impl TriggerRule {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            TriggerRule::AllSucceeded => "all_succeeded",
            TriggerRule::AllDone => "all_done",
            TriggerRule::OneFailed => "one_failed",
            TriggerRule::OneSucceeded => "one_succeeded",
            TriggerRule::NoneFailed => "none_failed",
        }
    }
}

/// How long a task that failed waits before it is begun anew: `first` · `factor`^(failures − 1), at
/// most `longest`; with `jitter`, a random part of that between a half and the whole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Backoff {
    /// The first wait, milliseconds.
    pub first_ms: u64,
    /// By how much each wait is longer than the one before.
    pub factor: f64,
    /// The longest wait, milliseconds.
    pub longest_ms: u64,
    /// Whether waits are spread, so that what failed together does not come back together.
    pub jitter: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first_ms: 5_000, factor: 2.0, longest_ms: 600_000, jitter: true }
    }
}

/// What a task is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum TaskKind {
    /// A job.
    #[default]
    Job,
    /// A job whose output is the name of the branch to follow, or a list of them.
    Branch,
    /// A job done once for each element of a list that is known when the task begins.
    Map {
        /// The list, as a template: what stands for it is resolved when the task begins.
        over: Value,
        /// How many elements are worked on at a time.
        width: Option<u32>,
    },
}

/// A task that another waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDependency {
    /// Its place in the run's list of tasks.
    pub place: usize,
    /// The branch that it must choose; it is then a branch task.
    pub branch: Option<String>,
}

/// A task to be made with its run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// Its name, unique in the run.
    pub name: String,
    /// The job that executes it.
    pub job: String,
    /// What the job is given, as a template: what stands for outputs, parameters and the like is
    /// resolved when the task begins.
    pub input: Value,
    /// What it is.
    pub kind: TaskKind,
    /// The tasks that it waits for.
    pub after: Vec<NewDependency>,
    /// When it may begin.
    pub rule: TriggerRule,
    /// How often it may be begun before it fails for good when workers are lost.
    pub max_attempts: i32,
    /// How often it is begun anew after it failed of itself.
    pub retries: u32,
    /// How long it waits before that.
    pub backoff: Backoff,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// The pool that it takes a slot of.
    pub pool: Option<String>,
    /// Who comes first among the ready: the higher.
    pub priority: i32,
    /// The tables that it writes, `schema.table`.
    pub writes: Vec<String>,
}

impl NewTask {
    /// How often a task is begun, unless it says otherwise, when workers that execute it are lost.
    pub const MAX_ATTEMPTS: i32 = 3;

    /// A task that waits for none and is not begun anew when it fails.
    pub fn new(name: impl Into<String>, job: impl Into<String>, input: Value) -> Self {
        Self {
            name: name.into(),
            job: job.into(),
            input,
            kind: TaskKind::Job,
            after: Vec::new(),
            rule: TriggerRule::AllSucceeded,
            max_attempts: Self::MAX_ATTEMPTS,
            retries: 0,
            backoff: Backoff::default(),
            timeout: None,
            pool: None,
            priority: 0,
            writes: Vec::new(),
        }
    }

    /// Makes it wait for the tasks at `places`.
    #[must_use]
    pub fn after(mut self, places: impl IntoIterator<Item = usize>) -> Self {
        self.after.extend(places.into_iter().map(|place| NewDependency { place, branch: None }));
        self
    }
}

/// Why a run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for it.
    Manual,
    /// Tables that its DAG waits for have changed.
    Data,
    /// An instant of a schedule came.
    Schedule {
        /// The schedule.
        schedule: i64,
        /// The instant.
        instant: DateTime<Utc>,
    },
    /// An instant of a schedule is made up for.
    Backfill {
        /// The schedule.
        schedule: i64,
        /// The backfill.
        backfill: i64,
        /// The instant.
        instant: DateTime<Utc>,
    },
}

impl Cause {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Manual => "manual",
            Cause::Data => "data",
            Cause::Schedule { .. } => "schedule",
            Cause::Backfill { .. } => "backfill",
        }
    }

    /// The instant that the run is for.
    pub fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Cause::Manual | Cause::Data => None,
            Cause::Schedule { instant, .. } | Cause::Backfill { instant, .. } => Some(instant),
        }
    }

    pub(crate) fn schedule(self) -> Option<i64> {
        match self {
            Cause::Manual | Cause::Data => None,
            Cause::Schedule { schedule, .. } | Cause::Backfill { schedule, .. } => Some(schedule),
        }
    }

    pub(crate) fn backfill(self) -> Option<i64> {
        match self {
            Cause::Backfill { backfill, .. } => Some(backfill),
            Cause::Manual | Cause::Data | Cause::Schedule { .. } => None,
        }
    }
}

/// A run to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// The DAG's name.
    pub dag: String,
    /// The definition that it is made from; one that [`crate::Store::register_dag`] knows.
    pub definition_hash: Option<String>,
    /// What it was asked to do.
    pub parameters: Value,
    /// The principal's name.
    pub requested_by: String,
    /// The face it came through.
    pub requested_through: &'static str,
    /// Why it is made.
    pub cause: Cause,
    /// Added to the priority of each of its tasks.
    pub priority: i32,
    /// How long after it is made it should have ended.
    pub deadline: Option<Duration>,
    /// Whether it waits until it is released, see [`crate::Store::release_run`].
    pub waits: bool,
    /// Its tasks; `after` points to places in this list.
    pub tasks: Vec<NewTask>,
}

impl NewRun {
    /// A run that `principal` asks for through `face`.
    pub fn new(
        dag: impl Into<String>,
        principal: impl Into<String>,
        face: &'static str,
        tasks: Vec<NewTask>,
    ) -> Self {
        Self {
            dag: dag.into(),
            definition_hash: None,
            parameters: Value::Object(serde_json::Map::new()),
            requested_by: principal.into(),
            requested_through: face,
            cause: Cause::Manual,
            priority: 0,
            deadline: None,
            waits: false,
            tasks,
        }
    }
}
