//! What other processes changed: tokens and data, told by Postgres the moment they commit.
//!
//! Whoever keeps something in memory asks [`Signals`] whether it still holds. While the line to
//! the database is down nothing that is kept may be trusted, and it says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use crate::Store;

const TOKENS: &str = "mg_tokens";
const DATA: &str = "mg_data";
const PAUSE: Duration = Duration::from_millis(250);

/// Hears what changes. A clone hears the same.
#[derive(Debug, Clone)]
pub struct Signals {
    state: Arc<State>,
    _listener: Arc<AbortOnDropHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    /// 0 while the line is down.
    connected: AtomicU64,
    tokens: AtomicU64,
    data: AtomicU64,
    changed: Notify,
}

/// A moment: what was read at one is still true while the present one is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment(u64);

impl Store {
    /// Begins to listen.
    pub fn signals(&self) -> Signals {
        let state = Arc::new(State::default());
        let listener = tokio::spawn(listen(self.writer.clone(), Arc::clone(&state)));
        Signals { state, _listener: Arc::new(AbortOnDropHandle::new(listener)) }
    }
}

impl Signals {
    /// The moment since which no token has changed; `None` while that is not known.
    pub fn tokens(&self) -> Option<Moment> {
        self.at(&self.state.tokens)
    }

    /// The moment since which no data have changed; `None` while that is not known.
    pub fn data(&self) -> Option<Moment> {
        self.at(&self.state.data)
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
