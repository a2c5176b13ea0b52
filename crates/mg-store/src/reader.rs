//! The connections that agents' queries run on.
//!
//! A session is leased, used for one statement and given back. Whoever goes away in the
//! middle leaves a statement behind: it is cancelled in Postgres, and the session goes back
//! only once it has said that it is ready again, or is closed. So no caller meets what
//! another left, and no cancel meets another's statement.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::time::{Instant, timeout};

use crate::{StoreError, StoreOptions};

/// How long an attempt to connect may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// How long a cancelled statement may take to end before its session is closed.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);
/// After a failed attempt to connect, others fail at once for so long; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LAST_BACKOFF: Duration = Duration::from_secs(5);
/// Prepared statements kept a connection.
const STATEMENTS: usize = 256;

/// A pool of one reader login's sessions.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: Pool<Login>,
    overseer: PgPool,
    wait: Duration,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("status", &self.pool.status()).finish_non_exhaustive()
    }
}

/// A session with the database.
pub(crate) struct Session {
    pub(crate) connection: PgConnection,
    /// The backend's process, as the server names it.
    pub(crate) pid: i32,
    /// `statement_timeout` as it was last set, milliseconds.
    timeout_ms: u64,
    /// Whether a statement of it has succeeded before.
    pub(crate) is_used: bool,
}

impl Session {
    /// Sets the longest run of the next statements, unless it is so already.
    pub(crate) async fn limit(&mut self, timeout_ms: u64) -> Result<(), sqlx::Error> {
        if self.timeout_ms != timeout_ms {
            self.set("statement_timeout", &timeout_ms.to_string()).await?;
            self.timeout_ms = timeout_ms;
        }
        Ok(())
    }

    /// Sets a setting for the session. `value` holds no quotes.
    pub(crate) async fn set(&mut self, name: &'static str, value: &str) -> Result<(), sqlx::Error> {
        let set = format!("set {name} = '{value}'");
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut self.connection).await.map(drop)
    }
}

impl Readers {
    /// A pool that connects when it is first asked. `overseer` is the writer's login on the same
    /// server, which may cancel the reader's statements.
    pub(crate) fn new(login: PgConnectOptions, overseer: PgPool, options: &StoreOptions) -> Self {
        // Named options beat the login's own, which an external server may not have taken.
        let login = login
            .options([
                ("search_path", "masked,analytics,kpi"),
                ("jit", "off"),
                ("default_transaction_read_only", "on"),
                ("lock_timeout", "2s"),
            ])
            .statement_cache_capacity(STATEMENTS)
            // Calls are logged where they begin and end.
            .disable_statement_logging();
        let server = if options.standby.is_some() { "the standby of database.read_url: " } else { "" };
        let pool = Pool::builder(Login { login, server, backoff: Mutex::default() })
            .max_size(options.reader_connections.max(1))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .expect("a runtime is given, so timeouts work");
        Self { pool, overseer, wait: Duration::from_millis(options.reader_wait_ms) }
    }

    /// A session, as soon as one is free.
    pub(crate) async fn lease(&self) -> Result<Lease, StoreError> {
        let timeouts = Timeouts { wait: Some(self.wait), create: Some(CONNECT_PATIENCE), recycle: None };
        match self.pool.timeout_get(&timeouts).await {
            Ok(session) => {
                Ok(Lease { session: Some(session), in_flight: false, overseer: self.overseer.clone() })
            }
            Err(PoolError::Timeout(deadpool::managed::TimeoutType::Wait)) => {
                Err(StoreError::Busy { waited_ms: self.wait.as_millis().try_into().unwrap_or(u64::MAX) })
            }
            Err(PoolError::Backend(error)) => Err(error),
            Err(other) => Err(StoreError::Unreachable(other.to_string())),
        }
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// A session in the hands of one caller.
pub(crate) struct Lease {
    session: Option<Object<Login>>,
    in_flight: bool,
    overseer: PgPool,
}

impl Lease {
    /// The session, from now on with something under way.
    pub(crate) fn begin(&mut self) -> &mut Session {
        self.in_flight = true;
        self.session.as_mut().expect("a lease has its session until it is dropped")
    }

    /// What was under way has come to its end.
    pub(crate) fn end(&mut self) {
        self.in_flight = false;
        if let Some(session) = &mut self.session {
            session.is_used = true;
        }
    }

    /// Closes the session: it is of no more use.
    pub(crate) fn discard(mut self) {
        if let Some(session) = self.session.take() {
            drop(Object::take(session));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(session) = self.session.take().filter(|_| self.in_flight) else { return };
        let overseer = self.overseer.clone();
        // Without a runtime the process is ending, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(recover(session, overseer));
        }
    }
}

/// Cancels what runs on a session, and gives the session back once it is ready again.
async fn recover(mut session: Object<Login>, overseer: PgPool) {
    let cancelled = sqlx::query("select pg_cancel_backend($1)").bind(session.pid).execute(&overseer);
    if !matches!(timeout(CANCEL_PATIENCE, cancelled).await, Ok(Ok(_))) {
        tracing::warn!("a statement whose caller left could not be cancelled; it runs until its timeout");
        // A cancel that is late must not meet the next caller's statement.
        drop(Object::take(session));
        return;
    }
    // The first answers may be the rest of the statement, and that it was cancelled.
    for _ in 0..3 {
        if let Ok(Ok(())) = timeout(CANCEL_PATIENCE, session.connection.ping()).await {
            return;
        }
    }
    drop(Object::take(session));
}

/// How sessions are made.
pub(crate) struct Login {
    login: PgConnectOptions,
    /// Which server that is, before what is said of it; nothing when there is but one.
    server: &'static str,
    backoff: Mutex<Backoff>,
}

#[derive(Default)]
struct Backoff {
    pause: Duration,
    until: Option<Instant>,
}

impl Login {
    fn unreachable(&self, reason: impl fmt::Display) -> StoreError {
        StoreError::Unreachable(format!("{}{reason}", self.server))
    }

    fn is_pausing(&self) -> bool {
        let backoff = self.backoff.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        backoff.until.is_some_and(|until| Instant::now() < until)
    }

    fn note(&self, connected: bool) {
        let mut backoff = self.backoff.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *backoff = if connected {
            Backoff::default()
        } else {
            let pause = (backoff.pause * 2).clamp(FIRST_BACKOFF, LAST_BACKOFF);
            Backoff { pause, until: Some(Instant::now() + pause) }
        };
    }
}

impl Manager for Login {
    type Type = Session;
    type Error = StoreError;

    async fn create(&self) -> Result<Session, StoreError> {
        if self.is_pausing() {
            return Err(self.unreachable("the last attempt to connect failed a moment ago"));
        }
        let connected = async {
            let mut connection = self.login.connect().await?;
            // The driver begins each session in UTC; days are those of the territory.
            sqlx::raw_sql("set timezone = 'Europe/Paris'").execute(&mut connection).await?;
            let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
            Ok::<_, sqlx::Error>(Session { connection, pid, timeout_ms: 0, is_used: false })
        };
        let connected = connected.await;
        self.note(connected.is_ok());
        connected.map_err(|error| self.unreachable(error))
    }

    /// A session that came back is ready: whoever had it saw to that. Whether the server is still
    /// there shows with the next statement, which is then asked again on a fresh session.
    async fn recycle(&self, _session: &mut Session, _metrics: &Metrics) -> RecycleResult<StoreError> {
        Ok::<(), RecycleError<StoreError>>(())
    }
}
