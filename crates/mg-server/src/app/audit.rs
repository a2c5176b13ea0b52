//! The book of calls: lines are gathered and appended in groups.
//!
//! A call has its place in the book before it begins, and is answered without waiting for the
//! line to be on disk. An orderly stop writes what is left; a `kill -9` loses at most the
//! lines of the last moments.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mg_gate::Gate;
use mg_store::Store;
use mg_store::audit::AuditLine;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Problem;

/// Lines that may wait.
const WAITING: usize = 10_000;
/// Lines written at a time.
const GROUP: usize = 1_000;
/// Fingerprints that are remembered.
const SHAPES: usize = 1_024;
/// How long a line waits for others.
const GATHER: Duration = Duration::from_millis(50);
/// How long the writer waits when the database is away.
const PAUSE: Duration = Duration::from_secs(1);
/// How often old lines are taken away.
const PRUNE_EVERY: Duration = Duration::from_secs(6 * 3600);

/// How the book is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditOptions {
    /// Lines of more days ago are taken away; `None` keeps them for good.
    pub retention_days: Option<u32>,
    /// Calls that took longer are logged as slow, milliseconds.
    pub slow_ms: u64,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { retention_days: None, slow_ms: 1_000 }
    }
}

/// Where calls are recorded. A clone writes to the same book.
#[derive(Debug, Clone)]
pub struct AuditLog {
    lines: mpsc::Sender<AuditLine>,
    stop: CancellationToken,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl AuditLog {
    /// A book that is written in the background; each call is logged as it is written.
    pub fn start(store: Store, gate: Gate, options: AuditOptions) -> Self {
        let (lines, received) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let book = Book { store, gate, stop: stop.clone(), options, shapes: HashMap::new() };
        let writer = tokio::spawn(book.write(received));
        Self { lines, stop, writer: Arc::new(Mutex::new(Some(writer))) }
    }

    /// A place for one line.
    pub(super) fn reserve(&self) -> Result<OwnedPermit<AuditLine>, Problem> {
        self.lines.clone().try_reserve_owned().map_err(|_| {
            Problem::new(
                "audit_behind",
                "Calls cannot be recorded at the moment, and none goes unrecorded.",
                "Try again in a moment; if it lasts, the operator looks whether the database is there.",
            )
        })
    }

    /// Writes what is left and ends. Later calls are refused.
    pub async fn close(&self) {
        self.stop.cancel();
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.await
        {
            tracing::error!("the audit's writer broke off: {error}");
        }
    }
}

struct Book {
    store: Store,
    gate: Gate,
    stop: CancellationToken,
    options: AuditOptions,
    /// Fingerprints by SQL: most is asked again, and to parse it once more would take longer
    /// than the query.
    shapes: HashMap<String, Option<String>>,
}

impl Book {
    async fn write(mut self, mut received: mpsc::Receiver<AuditLine>) {
        let mut prune = tokio::time::interval(PRUNE_EVERY);
        let mut group = Vec::new();
        loop {
            tokio::select! {
                count = received.recv_many(&mut group, GROUP) => if count == 0 { return },
                _ = prune.tick() => { self.prune().await; continue }
                () = self.stop.cancelled() => {
                    received.close();
                    while received.recv_many(&mut group, GROUP).await > 0 {}
                    self.append(&mut group).await;
                    return;
                }
            }
            // Those that come meanwhile share one commit.
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = self.stop.cancelled() => {}
            }
            while let Ok(line) = received.try_recv() {
                group.push(line);
            }
            self.append(&mut group).await;
        }
    }

    /// Appends, and tries again until it is done or the service stops.
    async fn append(&mut self, group: &mut Vec<AuditLine>) {
        for line in group.iter_mut() {
            if ["run_sql", "explain_query"].contains(&line.tool.as_str()) {
                line.fingerprint = line.request.as_deref().and_then(|sql| self.fingerprint(sql));
            }
            log(line, self.options.slow_ms);
        }
        while !group.is_empty() {
            match self.store.append_audit(group).await {
                Ok(()) => group.clear(),
                Err(error) if self.stop.is_cancelled() => {
                    tracing::error!(lines = group.len(), "calls were not recorded: {error}");
                    group.clear();
                }
                Err(error) => {
                    tracing::warn!(lines = group.len(), "calls are recorded later: {error}");
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.stop.cancelled() => {}
                    }
                }
            }
        }
    }

    fn fingerprint(&mut self, sql: &str) -> Option<String> {
        if let Some(known) = self.shapes.get(sql) {
            return known.clone();
        }
        let fingerprint = self.gate.fingerprint(sql);
        if self.shapes.len() == SHAPES {
            self.shapes.clear();
        }
        self.shapes.insert(sql.to_owned(), fingerprint.clone());
        fingerprint
    }

    async fn prune(&self) {
        let Some(days) = self.options.retention_days else { return };
        match self.store.prune_audit_after(days).await {
            Ok(0) => {}
            Ok(lines) => tracing::info!(lines, days, "old lines of the audit were taken away"),
            Err(error) => tracing::debug!("the audit was not pruned: {error}"),
        }
    }
}

fn log(line: &AuditLine, slow_ms: u64) {
    let AuditLine { principal, tool, outcome, .. } = line;
    let duration_ms = line.duration_us as f64 / 1e3;
    tracing::info!(principal, tool, outcome, duration_ms, "tool called");
    if duration_ms > slow_ms as f64 {
        // The SQL itself may hold personal data: the log has its shape, the audit the text.
        let fingerprint = line.fingerprint.as_deref().unwrap_or_default();
        tracing::warn!(principal, tool, duration_ms, fingerprint, "slow call");
    }
}
