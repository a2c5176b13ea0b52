//! Tasks: claimed by a worker, ended under a fence.
//!
//! A task ends only if it is still running the attempt that ends it, in the transaction that
//! readies what comes next. A worker that was given up for lost and comes back late updates
//! nothing.

use mg_core::{RunId, TaskId};
use serde_json::Value;
use sqlx::{Postgres, Transaction};

use crate::worker::WorkerId;
use crate::{Store, StoreError};

/// A task that a worker has taken.
#[derive(Debug, Clone)]
pub struct ClaimedTask {
    /// Its id.
    pub id: TaskId,
    /// Its run.
    pub run: RunId,
    /// Its name in the DAG.
    pub name: String,
    /// The job that executes it.
    pub job: String,
    /// What the job is given.
    pub input: Value,
    /// Which attempt this is, from 1: the fence.
    pub attempt: i32,
}

/// How a line of a task's log is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What was done.
    Info,
    /// What should be looked at.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    fn as_str(self) -> &'static str {
        match self {
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }
}

impl Store {
    /// Takes the task that has been ready longest among those whose job is in `jobs`.
    pub async fn claim_task(
        &self,
        worker: WorkerId,
        jobs: &[String],
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let claimed: Option<(i64, i64, String, String, Value, i32)> = sqlx::query_as(
            "with claimed as (
                update mg.task
                set state = 'running', attempt = attempt + 1, worker_id = $1, started_at = now(),
                    progress_done = null, progress_total = null
                where id = (
                    select id from mg.task where state = 'ready' and job = any ($2)
                    order by ready_at, id limit 1 for update skip locked
                )
                returning id, run_id, name, job, input, attempt
             ), begun as (
                update mg.run set state = 'running', started_at = coalesce(started_at, now())
                where id in (select run_id from claimed) and state = 'queued'
             )
             select * from claimed",
        )
        .bind(worker.0)
        .bind(jobs)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("claiming a task"))?;
        Ok(claimed.map(|(id, run, name, job, input, attempt)| ClaimedTask {
            id: TaskId(id),
            run: RunId(run),
            name,
            job,
            input,
            attempt,
        }))
    }

    /// Ends a task well. `false` when this attempt is no longer the one that counts.
    pub async fn complete_task(&self, task: &ClaimedTask, output: &Value) -> Result<bool, StoreError> {
        self.end_task(task, "succeeded", Some(output), None).await
    }

    /// Ends a task badly; what depends on it is skipped. `false` as for [`Store::complete_task`].
    pub async fn fail_task(&self, task: &ClaimedTask, code: &str, message: &str) -> Result<bool, StoreError> {
        self.end_task(task, "failed", None, Some((code, message))).await
    }

    /// Which of `tasks` are no longer their worker's to end: cancelled, or given to another.
    pub async fn lost_tasks(&self, tasks: &[(TaskId, i32)]) -> Result<Vec<TaskId>, StoreError> {
        let lost: Vec<i64> = sqlx::query_scalar(
            "select mine.id from unnest($1::bigint[], $2::int[]) as mine (id, attempt)
             where not exists (
                 select from mg.task t join mg.run r on r.id = t.run_id
                 where t.id = mine.id and t.attempt = mine.attempt and t.state = 'running'
                   and r.state <> 'cancelled')",
        )
        .bind(tasks.iter().map(|(id, _)| id.0).collect::<Vec<i64>>())
        .bind(tasks.iter().map(|(_, attempt)| *attempt).collect::<Vec<i32>>())
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking after running tasks"))?;
        Ok(lost.into_iter().map(TaskId).collect())
    }

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
        sqlx::query("insert into mg.task_log (task_id, attempt, level, message) values ($1, $2, $3, $4)")
            .bind(task.id.0)
            .bind(task.attempt)
            .bind(level.as_str())
            .bind(message)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(StoreError::from_sqlx("writing a task's log"))
    }

    async fn end_task(
        &self,
        task: &ClaimedTask,
        state: &'static str,
        output: Option<&Value>,
        error: Option<(&str, &str)>,
    ) -> Result<bool, StoreError> {
        let failed = || StoreError::from_sqlx("ending a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        // Endings of one run follow each other, so that the last of two that end at the same
        // time sees the other's.
        sqlx::query("select from mg.run where id = $1 for update")
            .bind(task.run.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        let ended = sqlx::query(
            "update mg.task set state = $3, output = $4, error_code = $5, error = $6, finished_at = now(),
                                worker_id = null
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .bind(state)
        .bind(output)
        .bind(error.map(|(code, _)| code))
        .bind(error.map(|(_, message)| message))
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        settle_run(&mut transaction, task.run.0).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(true)
    }
}

/// Draws the conclusions of tasks that ended: readies, skips, and ends the run.
pub(crate) async fn settle_run(
    transaction: &mut Transaction<'static, Postgres>,
    run: i64,
) -> Result<(), StoreError> {
    for conclusion in [
        "with recursive lost as (
            select id from mg.task where run_id = $1 and state in ('failed', 'skipped')
            union
            select d.task_id from mg.task_dependency d join lost on lost.id = d.depends_on
         )
         update mg.task set state = 'skipped', finished_at = now()
         where run_id = $1 and state = 'blocked' and id in (select id from lost)",
        "update mg.task t set state = 'ready', ready_at = now()
         where t.run_id = $1 and t.state = 'blocked' and not exists (
             select from mg.task_dependency d join mg.task needed on needed.id = d.depends_on
             where d.task_id = t.id and needed.state <> 'succeeded')",
        "update mg.run r
         set finished_at = now(),
             state = case when exists (select from mg.task t where t.run_id = r.id and t.state = 'failed')
                          then 'failed' else 'succeeded' end
         where r.id = $1 and r.finished_at is null and not exists (
             select from mg.task t where t.run_id = r.id and t.finished_at is null)",
    ] {
        sqlx::query(conclusion)
            .bind(run)
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::from_sqlx("settling a run"))?;
    }
    Ok(())
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
