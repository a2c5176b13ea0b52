//! What a job sees of the task that it executes.

use mg_core::RunId;
use mg_store::Store;
use mg_store::task::{ClaimedTask, LogLevel};
use tokio_util::sync::CancellationToken;

/// The task that a job executes, seen from inside.
#[derive(Debug, Clone)]
pub struct TaskContext {
    store: Store,
    task: ClaimedTask,
    stop: CancellationToken,
}

impl TaskContext {
    pub(crate) fn new(store: Store, task: ClaimedTask, stop: CancellationToken) -> Self {
        Self { store, task, stop }
    }

    /// The run that the task belongs to.
    pub fn run(&self) -> RunId {
        self.task.run
    }

    /// Ends when the job should stop: its worker stops, and what is left undone is done again
    /// later; or its run was cancelled, and it is not.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Notes what was done.
    pub async fn info(&self, message: &str) {
        self.log(LogLevel::Info, message).await;
    }

    /// Notes what should be looked at.
    pub async fn warn(&self, message: &str) {
        self.log(LogLevel::Warn, message).await;
    }

    /// Notes that `done` of `total` steps are done.
    pub async fn progress(&self, done: u64, total: u64) {
        if let Err(error) = self.store.task_progress(&self.task, done, total).await {
            tracing::warn!(task = %self.task.id, "progress was not noted: {error}");
        }
    }

    pub(crate) async fn log(&self, level: LogLevel, message: &str) {
        // A line that cannot be kept must not end the work that it tells of.
        if let Err(error) = self.store.log_task(&self.task, level, message).await {
            tracing::warn!(task = %self.task.id, "a line of its log was lost: {error}");
        }
    }
}
