//! Lineage: which task of which run wrote which table.

use chrono::{DateTime, Utc};
use mg_core::RunId;

use crate::{Store, StoreError};

/// One time that a task wrote a table.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TableWrite {
    /// The table, `schema.table`.
    pub table_name: String,
    /// The run.
    pub run_id: i64,
    /// The run's DAG.
    pub dag: String,
    /// The task.
    pub task: String,
    /// Which attempt of it.
    pub attempt: i32,
    /// How many rows, where the task said so.
    pub rows: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// What the tasks of a run wrote, oldest first.
    pub async fn run_writes(&self, run: RunId) -> Result<Vec<TableWrite>, StoreError> {
        sqlx::query_as(
            "select w.table_name, w.run_id, r.dag, t.name as task, w.attempt, w.rows, w.at
             from mg.table_write w join mg.task t on t.id = w.task_id join mg.run r on r.id = w.run_id
             where t.run_id = $1 order by w.id",
        )
        .bind(run.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading what a run wrote"))
    }

    /// Who wrote a table, the latest `limit` times, newest first.
    pub async fn table_writes(&self, table: &str, limit: i64) -> Result<Vec<TableWrite>, StoreError> {
        sqlx::query_as(
            "select w.table_name, w.run_id, r.dag, t.name as task, w.attempt, w.rows, w.at
             from mg.table_write w join mg.task t on t.id = w.task_id join mg.run r on r.id = w.run_id
             where w.table_name = $1 order by w.at desc, w.id desc limit $2",
        )
        .bind(table)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading who wrote a table"))
    }
}
