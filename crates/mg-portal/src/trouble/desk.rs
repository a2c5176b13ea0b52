//! Where trouble is ordered.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Trouble, TroubleKind};

/// The trouble that is still to be played, oldest first. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct TroubleDesk(Arc<Mutex<Vec<Trouble>>>);

impl TroubleDesk {
    /// Orders `trouble`, after what was ordered before.
    pub fn play(&self, trouble: Trouble) {
        self.with(|pending| pending.push(trouble));
    }

    /// Forgets what was not played yet.
    pub fn clear(&self) {
        self.with(Vec::clear);
    }

    /// What was not played yet.
    pub fn pending(&self) -> Vec<Trouble> {
        self.with(|pending| pending.clone())
    }

    /// The trouble that a request for `target`, its path and query, has: the oldest that
    /// is meant for it, which is then played once less.
    pub(super) fn meet(&self, target: &str) -> Option<TroubleKind> {
        self.with(|pending| {
            pending.retain(|trouble| trouble.times > 0);
            let met = pending.iter_mut().find(|trouble| target.contains(&trouble.path_contains))?;
            met.times -= 1;
            let kind = met.kind.clone();
            pending.retain(|trouble| trouble.times > 0);
            Some(kind)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Trouble>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
