//! What a worker is executing: each task with the token that tells its job to stop.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mg_core::TaskId;
use mg_store::task::ClaimedTask;
use tokio_util::sync::CancellationToken;

/// The tasks at hand.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    tasks: Mutex<HashMap<TaskId, (i32, CancellationToken)>>,
}

impl Desk {
    /// Puts a task on the desk; it is off it when what is returned is dropped.
    pub(crate) fn put(&self, task: &ClaimedTask, stop: CancellationToken) -> AtHand<'_> {
        self.tasks().insert(task.id, (task.attempt, stop));
        AtHand { desk: self, task: task.id, attempt: task.attempt }
    }

    /// The tasks and the attempt of each.
    pub(crate) fn attempts(&self) -> Vec<(TaskId, i32)> {
        self.tasks().iter().map(|(task, (attempt, _))| (*task, *attempt)).collect()
    }

    /// Tells the job of a task to stop.
    pub(crate) fn stop(&self, task: TaskId) {
        if let Some((_, stop)) = self.tasks().get(&task) {
            stop.cancel();
        }
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<TaskId, (i32, CancellationToken)>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that is on the desk.
#[derive(Debug)]
pub(crate) struct AtHand<'a> {
    desk: &'a Desk,
    task: TaskId,
    attempt: i32,
}

impl Drop for AtHand<'_> {
    fn drop(&mut self) {
        let mut tasks = self.desk.tasks();
        // The same worker may have taken the task anew after it was given up for lost.
        if tasks.get(&self.task).is_some_and(|(attempt, _)| *attempt == self.attempt) {
            tasks.remove(&self.task);
        }
    }
}
