//! Who follows which run's log: one look at the database for all of them.
//!
//! While anybody follows, one task a process asks the database twice a second which of the followed runs have moved,
//! and wakes those who follow them; it does not matter which process executes a run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mg_core::{OpContext, RunId};
use mg_store::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::Problem;

/// How often the database is asked.
const LOOK: Duration = Duration::from_millis(500);
/// Followers at a time in one process.
const FOLLOWERS: usize = 200;
/// Followers at a time of one principal.
const OWN_FOLLOWERS: usize = 16;

/// Who follows what in this process. A clone shares it.
#[derive(Debug, Clone)]
pub struct LogTails(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    followed: Mutex<Followed>,
}

#[derive(Debug, Default)]
struct Followed {
    looking: bool,
    /// Followers by principal: number of the token, none for the operator.
    followers: HashMap<Option<i64>, usize>,
    /// Counts how often a run has moved.
    runs: HashMap<i64, watch::Sender<u64>>,
}

impl LogTails {
    /// Nobody follows yet.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, followed: Mutex::default() }))
    }

    /// Follows a run.
    ///
    /// # Errors
    ///
    /// `too_many_streams` when the principal, or the process, has as many as may be.
    pub(super) fn follow(&self, ctx: &OpContext, run: RunId) -> Result<Tail, Problem> {
        let mut followed = self.0.followed();
        let token = ctx.principal.token;
        let all = followed.followers.values().sum::<usize>();
        let own = followed.followers.get(&token).copied().unwrap_or_default();
        if own >= OWN_FOLLOWERS || all >= FOLLOWERS {
            return Err(Problem::new(
                "too_many_streams",
                format!(
                    "As many logs are followed as may be, {OWN_FOLLOWERS} by one token and {FOLLOWERS} in all."
                ),
                "Close one, or read the log page by page.",
            ));
        }
        followed.followers.insert(token, own + 1);
        let moves = followed.runs.entry(run.0).or_insert_with(|| watch::channel(0).0).subscribe();
        if !std::mem::replace(&mut followed.looking, true) {
            tokio::spawn(look(Arc::clone(&self.0)));
        }
        Ok(Tail { inner: Arc::clone(&self.0), token, run: run.0, moves })
    }
}

impl Inner {
    fn followed(&self) -> MutexGuard<'_, Followed> {
        // Nothing in there is left half done.
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runs that are followed; `None` when there are none, and whoever looks may go.
    fn runs(&self) -> Option<Vec<i64>> {
        let mut followed = self.followed();
        followed.looking = !followed.runs.is_empty();
        followed.looking.then(|| followed.runs.keys().copied().collect())
    }

    fn wake(&self, run: i64) {
        if let Some(moves) = self.followed().runs.get(&run) {
            moves.send_modify(|count| *count += 1);
        }
    }
}

/// A run that is followed; dropping it ends that.
#[derive(Debug)]
pub(super) struct Tail {
    inner: Arc<Inner>,
    token: Option<i64>,
    run: i64,
    moves: watch::Receiver<u64>,
}

impl Tail {
    /// Waits until the run has moved since this was last called: it has said something, or has ended.
    pub(super) async fn moved(&mut self) {
        // The other end goes with the last follower, which this is not yet behind.
        let _ = self.moves.changed().await;
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let mut followed = self.inner.followed();
        if let Some(own) = followed.followers.get_mut(&self.token) {
            *own = own.saturating_sub(1);
        }
        followed.followers.retain(|_, count| *count > 0);
        if let Entry::Occupied(run) = followed.runs.entry(self.run)
            && run.get().receiver_count() <= 1
        {
            run.remove();
        }
    }
}

/// Looks at what is followed until nothing is.
async fn look(inner: Arc<Inner>) {
    let mut seen = 0;
    while let Some(runs) = inner.runs() {
        match moved(&inner.store, &runs, &mut seen).await {
            Ok(moved) => moved.into_iter().for_each(|run| inner.wake(run)),
            Err(error) => tracing::warn!(%error, "followed logs could not be read; it is tried again"),
        }
        sleep(LOOK).await;
    }
}

/// Which of the `runs` have lines that are settled since `seen`, or have ended.
async fn moved(store: &Store, runs: &[i64], seen: &mut i64) -> Result<Vec<i64>, StoreError> {
    let settled = store.settled_lines().await?;
    let followed = store.followed_runs(runs, *seen, settled.line).await?;
    *seen = settled.line;
    Ok(followed.into_iter().filter(|run| run.has_news || run.ended).map(|run| run.id).collect())
}
