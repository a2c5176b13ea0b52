//! What other processes changed: tokens and data, told by Postgres the moment they commit.
//!
//! Whoever keeps something in memory asks [`Signals`] whether it still holds. While the line to
//! the database is down nothing that is kept may be trusted, and it says so.
//!
//! Notices come from the primary. Where queries go to a standby, data that changed are not there at
//! once: until they are, no moment of the data is known, and so nothing that was read before is
//! kept as if it had been read after.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use crate::Store;
use crate::standby::Standby;

const TOKENS: &str = "mg_tokens";
const DATA: &str = "mg_data";
const PAUSE: Duration = Duration::from_millis(250);

/// Hears what changes. A clone hears the same.
#[derive(Debug, Clone)]
pub struct Signals {
    state: Arc<State>,
    _tasks: Arc<[AbortOnDropHandle<()>]>,
}

#[derive(Debug, Default)]
struct State {
    /// 0 while the line is down.
    connected: AtomicU64,
    tokens: AtomicU64,
    data: AtomicU64,
    /// What `data` was when all that it counts had come to the standby; `None` without one.
    replayed: Option<AtomicU64>,
    changed: Notify,
    /// There is something for the standby to catch up with.
    behind: Notify,
}

/// A moment: what was read at one is still true while the present one is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment(u64);

impl Store {
    /// Begins to listen.
    pub fn signals(&self) -> Signals {
        let replayed = self.standby.as_ref().map(|_| AtomicU64::default());
        let state = Arc::new(State { replayed, ..State::default() });
        let mut tasks = vec![tokio::spawn(listen(self.writer.clone(), Arc::clone(&state)))];
        if let Some(standby) = &self.standby {
            tasks.push(tokio::spawn(follow(standby.clone(), Arc::clone(&state))));
        }
        Signals { state, _tasks: tasks.into_iter().map(AbortOnDropHandle::new).collect() }
    }

    /// Signals without a line, for poolers that keep one silent: no moment is ever known, so nothing is kept.
    pub fn no_signals(&self) -> Signals {
        Signals { state: Arc::default(), _tasks: Arc::default() }
    }
}

impl Signals {
    /// The moment since which no token has changed; `None` while that is not known.
    pub fn tokens(&self) -> Option<Moment> {
        self.at(&self.state.tokens)
    }

    /// The moment since which no data have changed where queries read them; `None` while that is
    /// not known.
    pub fn data(&self) -> Option<Moment> {
        let moment = self.at(&self.state.data)?;
        let replayed = self.state.replayed.as_ref();
        replayed.is_none_or(|count| count.load(Ordering::Acquire) == moment.0).then_some(moment)
    }

    /// Waits until something changes, or may have.
    pub async fn changed(&self) {
        self.state.changed.notified().await;
    }

    fn at(&self, count: &AtomicU64) -> Option<Moment> {
        let connected = self.state.connected.load(Ordering::Acquire) > 0;
        connected.then(|| Moment(count.load(Ordering::Acquire)))
    }
}

impl State {
    fn count(&self, count: &AtomicU64) {
        count.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_waiters();
        self.behind.notify_one();
    }

    /// Anything may have changed unheard.
    fn reset(&self, connected: bool) {
        self.connected.store(0, Ordering::Release);
        self.count(&self.tokens);
        self.count(&self.data);
        self.connected.store(connected.into(), Ordering::Release);
    }
}

async fn listen(writer: PgPool, state: Arc<State>) {
    while !writer.is_closed() {
        if let Err(error) = hear(&writer, &state).await {
            tracing::debug!("the line for notices is down: {error}");
        }
        state.reset(false);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(writer: &PgPool, state: &State) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(writer).await?;
    // A line that breaks is told at once, before another is sought.
    listener.eager_reconnect(false);
    listener.listen_all([TOKENS, DATA]).await?;
    state.reset(true);
    while let Some(notice) = listener.try_recv().await? {
        state.count(if notice.channel() == TOKENS { &state.tokens } else { &state.data });
    }
    Ok(())
}

/// Notes what the standby has come to. While it is away, or follows no more, that stays as it was.
async fn follow(standby: Standby, state: Arc<State>) {
    let Some(replayed) = &state.replayed else { return };
    loop {
        // Before the primary is asked how far it is: what comes later is counted again.
        let count = state.data.load(Ordering::Acquire);
        if replayed.load(Ordering::Acquire) == count {
            state.behind.notified().await;
            continue;
        }
        match standby.catch_up().await {
            Ok(()) => replayed.store(count, Ordering::Release),
            Err(error) => {
                tracing::debug!("the standby cannot be followed: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
