//! The book in which tasks of a worker write their logs: lines are kept in groups, behind the work.

use std::time::Duration;

use mg_store::Store;
use mg_store::task::LogEntry;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// Lines that wait to be written; who says more waits too.
const WAITING: usize = 4_096;
/// How long lines wait for a Postgres that is away.
const PATIENCE_SECONDS: u32 = 15;
/// Lines written at a time.
const GROUP: usize = 512;

/// Where lines go. A clone writes the same book.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    lines: mpsc::Sender<Entry>,
    _writer: std::sync::Arc<AbortOnDropHandle<()>>,
}

enum Entry {
    Line(LogEntry),
    /// Tells when everything before it is written.
    Mark(oneshot::Sender<()>),
}

impl Book {
    pub(crate) fn open(store: Store) -> Self {
        let (lines, entries) = mpsc::channel(WAITING);
        let writer = tokio::spawn(write(store, entries));
        Self { lines, _writer: std::sync::Arc::new(AbortOnDropHandle::new(writer)) }
    }

    pub(crate) async fn say(&self, line: LogEntry) {
        // The writer lives as long as the book.
        let _ = self.lines.send(Entry::Line(line)).await;
    }

    /// Ends when all that was said before is written.
    pub(crate) async fn written(&self) {
        let (mark, reached) = oneshot::channel();
        if self.lines.send(Entry::Mark(mark)).await.is_ok() {
            let _ = reached.await;
        }
    }
}

/// Writes lines down, over a restart of Postgres too. Lines that cannot be kept must not end the work
/// that they tell of.
async fn keep(store: &Store, lines: &[LogEntry]) {
    for _ in 0..PATIENCE_SECONDS {
        match store.log_tasks(lines).await {
            Ok(()) => return,
            Err(error) if error.is_passing() => tracing::debug!("lines of logs wait for Postgres: {error}"),
            Err(error) => {
                return tracing::warn!(lines = lines.len(), "lines of tasks' logs were lost: {error}");
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
    tracing::warn!(lines = lines.len(), "lines of tasks' logs were lost: Postgres stayed away");
}

async fn write(store: Store, mut entries: mpsc::Receiver<Entry>) {
    let mut group = Vec::with_capacity(GROUP);
    while entries.recv_many(&mut group, GROUP).await > 0 {
        let mut lines = Vec::with_capacity(group.len());
        let mut marks = Vec::new();
        for entry in group.drain(..) {
            match entry {
                Entry::Line(line) => lines.push(line),
                Entry::Mark(mark) => marks.push(mark),
            }
        }
        if !lines.is_empty() {
            keep(&store, &lines).await;
        }
        for mark in marks {
            let _ = mark.send(());
        }
    }
}
