//! What tasks say: progress, and lines with a level and fields.

use mg_core::TaskId;
use serde_json::Value;
use sqlx::{Postgres, Transaction};

use super::ClaimedTask;
use crate::{Store, StoreError};

/// How a line of a task's log is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What is of use when something is looked for.
    Debug,
    /// What was done.
    Info,
    /// What should be looked at.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// Every level, the least grave first.
    pub const ALL: [LogLevel; 4] = [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];

    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }
}

/// A line to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// The task that says it.
    pub task: TaskId,
    /// In which attempt.
    pub attempt: i32,
    /// How it is meant.
    pub level: LogLevel,
    /// What it says.
    pub message: String,
    /// What it says it of: an object, or null.
    pub fields: Value,
}

impl Store {
    /// Says how far a task is: `done` of `total` steps of its own.
    pub async fn task_progress(&self, task: &ClaimedTask, done: u64, total: u64) -> Result<(), StoreError> {
        sqlx::query(
            "update mg.task set progress_done = $3, progress_total = $4
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .bind(i64::try_from(done).unwrap_or(i64::MAX))
        .bind(i64::try_from(total).unwrap_or(i64::MAX))
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("noting progress"))
    }

    /// Adds a line to a task's log.
    pub async fn log_task(
        &self,
        task: &ClaimedTask,
        level: LogLevel,
        message: &str,
    ) -> Result<(), StoreError> {
        let entry = LogEntry {
            task: task.id,
            attempt: task.attempt,
            level,
            message: message.to_owned(),
            fields: Value::Null,
        };
        self.log_tasks(&[entry]).await
    }

    /// Adds lines to the logs of tasks, in their order; those of tasks that are no more are dropped.
    pub async fn log_tasks(&self, entries: &[LogEntry]) -> Result<(), StoreError> {
        let fields = |entry: &LogEntry| (!entry.fields.is_null()).then(|| writable(&entry.fields));
        sqlx::query(
            "insert into mg.task_log (task_id, attempt, level, message, fields)
             select given.task, given.attempt, given.level, given.message, given.fields
             from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::jsonb[]) with ordinality
                  as given (task, attempt, level, message, fields, place)
             join mg.task t on t.id = given.task
             order by given.place",
        )
        .bind(entries.iter().map(|entry| entry.task.0).collect::<Vec<i64>>())
        .bind(entries.iter().map(|entry| entry.attempt).collect::<Vec<i32>>())
        .bind(entries.iter().map(|entry| entry.level.as_str().to_owned()).collect::<Vec<String>>())
        // Neither text nor jsonb can hold the character 0, and a line is not lost for it.
        .bind(entries.iter().map(|entry| entry.message.replace('\0', "\u{fffd}")).collect::<Vec<String>>())
        .bind(entries.iter().map(fields).collect::<Vec<Option<Value>>>())
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("writing a task's log"))
    }
}

/// `fields` without the character 0.
fn writable(fields: &Value) -> Value {
    let text = fields.to_string();
    if text.contains("\\u0000") {
        // What stands for one character in a string stands for one still, so this is JSON.
        serde_json::from_str(&text.replace("\\u0000", "\\ufffd")).unwrap_or(Value::Null)
    } else {
        fields.clone()
    }
}

/// A line in the log of a task, within a transaction.
pub(crate) async fn log_line(
    transaction: &mut Transaction<'static, Postgres>,
    task: i64,
    level: &str,
    message: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into mg.task_log (task_id, attempt, level, message)
         select id, attempt, $2, $3 from mg.task where id = $1",
    )
    .bind(task)
    .bind(level)
    .bind(message)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("writing a task's log"))
}
