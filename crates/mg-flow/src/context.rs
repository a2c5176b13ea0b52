//! What a job sees of the task that it executes.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use mg_core::RunId;
use mg_store::Store;
use mg_store::task::{ClaimedTask, LogEntry, LogLevel, Wrote};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::book::Book;

/// The task that a job executes, seen from inside.
#[derive(Debug, Clone)]
pub struct TaskContext {
    store: Store,
    task: Arc<ClaimedTask>,
    stop: CancellationToken,
    book: Book,
    tally: Arc<Mutex<Tally>>,
}

/// What a job counted and wrote; kept with the end of its task.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) metrics: Map<String, Value>,
    pub(crate) wrote: Vec<Wrote>,
}

impl TaskContext {
    pub(crate) fn new(store: Store, task: Arc<ClaimedTask>, stop: CancellationToken, book: Book) -> Self {
        Self { store, task, stop, book, tally: Arc::default() }
    }

    /// The run that the task belongs to.
    pub fn run(&self) -> RunId {
        self.task.run
    }

    /// The task as its worker claimed it: what holds on to more than one attempt goes by it.
    pub fn claimed(&self) -> &ClaimedTask {
        &self.task
    }

    /// The task's name in its DAG; of an instance of a map, with its place: `permits[3]`.
    pub fn task(&self) -> &str {
        &self.task.name
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> i32 {
        self.task.attempt
    }

    /// The instant that the run is for; of a run that was asked for by hand, when that was.
    pub fn instant(&self) -> DateTime<Utc> {
        self.task.known.instant
    }

    /// Ends when the job should stop: its worker stops, and what is left undone is done again
    /// later; or its task was cancelled or took too long, and it is not.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Notes what is of use when something is looked for.
    pub async fn debug(&self, message: &str) {
        self.say(LogLevel::Debug, message, Value::Null).await;
    }

    /// Notes what was done.
    pub async fn info(&self, message: &str) {
        self.say(LogLevel::Info, message, Value::Null).await;
    }

    /// Notes what should be looked at.
    pub async fn warn(&self, message: &str) {
        self.say(LogLevel::Warn, message, Value::Null).await;
    }

    /// Adds a line to the task's log, with fields: an object, or null.
    pub async fn say(&self, level: LogLevel, message: &str, fields: Value) {
        let (task, attempt, message) = (self.task.id, self.task.attempt, message.to_owned());
        self.book.say(LogEntry { task, attempt, level, message, fields }).await;
    }

    /// Notes that `done` of `total` steps are done.
    pub async fn progress(&self, done: u64, total: u64) {
        if let Err(error) = self.store.task_progress(&self.task, done, total).await {
            tracing::warn!(task = %self.task.id, "progress was not noted: {error}");
        }
    }

    /// Adds to a number that is kept with the task: `rows_read`, `rows_written`, `rows_rejected`,
    /// `bytes`, `pages` and the like.
    pub fn count(&self, metric: &str, number: u64) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = tally.metrics.get(metric).and_then(Value::as_u64).unwrap_or(0);
        tally.metrics.insert(metric.to_owned(), so_far.saturating_add(number).into());
    }

    /// Notes that the task wrote `table` (`schema.table`), and how many of its rows changed, where
    /// that is known; said several times, the rows add up. Of a table that it declares and says nothing
    /// of, it is taken that it changed.
    pub fn wrote(&self, table: &str, rows: Option<u64>) {
        let rows = rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match tally.wrote.iter_mut().find(|wrote| wrote.table == table) {
            Some(known) => known.rows = known.rows.zip(rows).map(|(known, more)| known.saturating_add(more)),
            None => tally.wrote.push(Wrote { table: table.to_owned(), rows }),
        }
    }

    /// Whether the task declares that it writes `table`: where it does not, nothing is to start because of it.
    pub fn declares(&self, table: &str) -> bool {
        self.task.writes.iter().any(|declared| declared == table)
    }

    /// What was counted and written, with the tables that the task declares.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for table in &self.task.writes {
            if !tally.wrote.iter().any(|wrote| wrote.table == *table) {
                tally.wrote.push(Wrote { table: table.clone(), rows: None });
            }
        }
        tally
    }

    /// Ends when all that the job said is kept.
    pub(crate) async fn written(&self) {
        self.book.written().await;
    }
}
