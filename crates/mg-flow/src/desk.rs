//! What a worker is executing: each attempt with the token that tells its job to stop.
//!
//! A task may be there twice: one that was taken from this worker and is stopping, and the same task
//! that this worker has claimed anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mg_core::TaskId;
use mg_store::task::ClaimedTask;
use tokio_util::sync::CancellationToken;

/// A task, and which attempt at it.
type Attempt = (TaskId, i32);

/// The attempts at hand.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    attempts: Mutex<HashMap<Attempt, CancellationToken>>,
}

impl Desk {
    /// Puts an attempt on the desk; it is off it when what is returned is dropped.
    pub(crate) fn put(desk: &Arc<Self>, task: &ClaimedTask, stop: CancellationToken) -> AtHand {
        let attempt = (task.id, task.attempt);
        desk.held().insert(attempt, stop);
        AtHand { desk: Arc::clone(desk), attempt }
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.held().keys().copied().collect()
    }

    /// Tells the job of an attempt to stop.
    pub(crate) fn stop(&self, attempt: Attempt) {
        if let Some(stop) = self.held().get(&attempt) {
            stop.cancel();
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Attempt, CancellationToken>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt that is on the desk.
#[derive(Debug)]
pub(crate) struct AtHand {
    desk: Arc<Desk>,
    attempt: Attempt,
}

impl Drop for AtHand {
    fn drop(&mut self) {
        self.desk.held().remove(&self.attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_attempt_is_stopped_and_not_the_next_at_the_same_task() {
        let desk = Arc::new(Desk::default());
        let (first, second) = (CancellationToken::new(), CancellationToken::new());
        desk.held().insert((TaskId(1), 1), first.clone());
        let leaving = AtHand { desk: Arc::clone(&desk), attempt: (TaskId(1), 1) };
        desk.held().insert((TaskId(1), 2), second.clone());
        desk.stop((TaskId(1), 1));
        assert!(first.is_cancelled() && !second.is_cancelled());
        drop(leaving);
        assert_eq!(desk.attempts(), [(TaskId(1), 2)]);
    }
}
