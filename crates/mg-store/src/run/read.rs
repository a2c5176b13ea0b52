//! How runs and their tasks stand.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use serde_json::Value;

use crate::{Store, StoreError};

/// A run as it stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// The DAG's name.
    pub dag: String,
    /// What it was asked to do.
    pub parameters: Value,
    /// `waiting`, `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time.
    pub cancelled_by: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its first task began.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last task ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// `blocked`, `ready`, `running`, `succeeded`, `failed`, `skipped` or `cancelled`.
    pub state: String,
    /// How often it was begun.
    pub attempt: i32,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Steps done.
    pub progress_done: Option<i64>,
    /// Steps in all.
    pub progress_total: Option<i64>,
    /// What it gave.
    pub output: Option<Value>,
    /// Stable code of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LogLine {
    /// Its place in the log.
    pub id: i64,
    /// The task that said it.
    pub task: String,
    /// When.
    pub at: DateTime<Utc>,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What it said.
    pub message: String,
}

impl Store {
    /// The run of that id.
    pub async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        sqlx::query_as(
            "select id, dag, parameters, state, requested_by, cancelled_by, created_at, started_at,
                    finished_at
             from mg.run where id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a run"))
    }

    /// The latest runs, newest first.
    pub async fn latest_runs(&self, limit: i64) -> Result<Vec<Run>, StoreError> {
        sqlx::query_as(
            "select id, dag, parameters, state, requested_by, cancelled_by, created_at, started_at,
                    finished_at
             from mg.run order by created_at desc, id desc limit $1",
        )
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing runs"))
    }

    /// Ids of the latest runs, newest first.
    pub async fn recent_runs(&self, limit: i64) -> Result<Vec<i64>, StoreError> {
        sqlx::query_scalar("select id from mg.run order by created_at desc, id desc limit $1")
            .bind(limit)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing runs"))
    }

    /// Runs of a DAG that have not ended, oldest first.
    pub async fn unfinished_runs(&self, dag: &str) -> Result<Vec<RunId>, StoreError> {
        let ids: Vec<i64> =
            sqlx::query_scalar("select id from mg.run where dag = $1 and finished_at is null order by id")
                .bind(dag)
                .fetch_all(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("listing runs"))?;
        Ok(ids.into_iter().map(RunId).collect())
    }

    /// Whether a run of the DAG has ever succeeded.
    pub async fn has_succeeded(&self, dag: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar("select exists (select from mg.run where dag = $1 and state = 'succeeded')")
            .bind(dag)
            .fetch_one(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for a run"))
    }

    /// The tasks of a run, in the order of its DAG.
    pub async fn run_tasks(&self, id: RunId) -> Result<Vec<Task>, StoreError> {
        sqlx::query_as(
            "select name, state, attempt, started_at, finished_at, progress_done, progress_total, output,
                    error_code, error
             from mg.task where run_id = $1 order by id",
        )
        .bind(id.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a run's tasks"))
    }

    /// The last `limit` lines of a run's log, oldest first.
    pub async fn run_log(&self, id: RunId, limit: i64) -> Result<Vec<LogLine>, StoreError> {
        sqlx::query_as(
            "select * from (
                select l.id, t.name as task, l.at, l.level, l.message
                from mg.task_log l join mg.task t on t.id = l.task_id
                where t.run_id = $1 order by l.id desc limit $2) as last
             order by id",
        )
        .bind(id.0)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a run's log"))
    }
}
