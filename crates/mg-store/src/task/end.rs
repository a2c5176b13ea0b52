//! Ending an attempt: well, badly, or by handing the task back. Always under the fence, and in the
//! transaction that readies what follows.

use std::time::Duration;

use serde_json::Value;
use sqlx::{Postgres, Transaction};

use super::{ClaimedTask, announce_work, settle_run};
use crate::{Store, StoreError};

/// A table that a task wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    /// `schema.table`.
    pub table: String,
    /// How many of its rows changed, where that is known; with 0 nothing follows from it.
    pub rows: Option<i64>,
}

/// How a task ended well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Completion<'a> {
    /// What it gave.
    pub output: &'a Value,
    /// Numbers that it counted, an object: rows read, written, rejected, bytes, pages.
    pub metrics: &'a Value,
    /// The tables that it wrote.
    pub wrote: &'a [Wrote],
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure<'a> {
    /// A stable name of the kind.
    pub code: &'a str,
    /// One sentence.
    pub message: &'a str,
    /// After how long the task is begun anew, if it has a retry left; without it, it fails for good.
    pub again_after: Option<Duration>,
}

/// What became of an attempt that its worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The task has ended.
    Ended,
    /// The task will be begun anew.
    Retried,
    /// This attempt is no longer the one that counts: nothing changed.
    Late,
}

impl Store {
    /// Ends a task well. `false` when this attempt is no longer the one that counts.
    pub async fn complete_task(&self, task: &ClaimedTask, output: &Value) -> Result<bool, StoreError> {
        self.complete_task_with(task, &Completion { output, metrics: &Value::Null, wrote: &[] }).await
    }

    /// Ends a task well, with what it counted and wrote. `false` as for [`Store::complete_task`].
    pub async fn complete_task_with(
        &self,
        task: &ClaimedTask,
        completion: &Completion<'_>,
    ) -> Result<bool, StoreError> {
        let failed = || StoreError::from_sqlx("ending a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let ended: Option<bool> = sqlx::query_scalar(
            "with held as (
                select id from mg.run where id = $3 for update
             ), ended as (
                update mg.task t set state = 'succeeded', output = $4, metrics = $5, error_code = null, error = null,
                                     finished_at = now(), worker_id = null
                from held where t.id = $1 and t.attempt = $2 and t.state = 'running'
                returning t.id, t.attempt, t.parent_id
             ), noted as (
                update mg.task_attempt a set finished_at = now(), outcome = 'succeeded'
                from ended where a.task_id = ended.id and a.attempt = ended.attempt
             ), counted as (
                update mg.task m set progress_done = coalesce(m.progress_done, 0) + 1
                from ended where m.id = ended.parent_id
             )
             select true from ended",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .bind(task.run.0)
        .bind(completion.output)
        .bind((!completion.metrics.is_null()).then_some(completion.metrics))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        if ended.is_none() {
            return Ok(false);
        }
        note_writes(&mut transaction, task, completion.wrote).await?;
        settle_run(&mut transaction, task.run.0).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(true)
    }

    /// Ends a task badly and for good. `false` as for [`Store::complete_task`].
    pub async fn fail_task(&self, task: &ClaimedTask, code: &str, message: &str) -> Result<bool, StoreError> {
        let failure = Failure { code, message, again_after: None };
        Ok(self.fail_attempt(task, &failure).await? != Ended::Late)
    }

    /// Ends an attempt badly: the task is begun anew if it has a retry left and may, else it fails.
    pub async fn fail_attempt(&self, task: &ClaimedTask, failure: &Failure<'_>) -> Result<Ended, StoreError> {
        let failed = || StoreError::from_sqlx("ending a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let state: Option<String> = sqlx::query_scalar(
            "with held as (
                select id from mg.run where id = $3 for update
             ), ended as (
                update mg.task t
                set failures = failures + 1, worker_id = null, error_code = $4, error = $5,
                    state = case when $6 is not null and failures < retries then 'ready' else 'failed' end,
                    ready_at = case when $6 is not null and failures < retries
                                    then now() + make_interval(secs => $6) else ready_at end,
                    finished_at = case when $6 is not null and failures < retries then null else now() end
                from held where t.id = $1 and t.attempt = $2 and t.state = 'running'
                returning t.id, t.attempt, t.state
             ), noted as (
                update mg.task_attempt a
                set finished_at = now(), error_code = $4, error = $5,
                    outcome = case ended.state when 'ready' then 'retried' else 'failed' end
                from ended where a.task_id = ended.id and a.attempt = ended.attempt
             )
             select state from ended",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .bind(task.run.0)
        .bind(failure.code)
        .bind(failure.message.replace('\0', "\u{fffd}"))
        .bind(failure.again_after.map(|wait| wait.as_secs_f64()))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        let Some(state) = state else {
            return Ok(Ended::Late);
        };
        let ended = if state == "ready" { Ended::Retried } else { Ended::Ended };
        match ended {
            Ended::Retried => announce_work(&mut transaction).await?,
            _ => settle_run(&mut transaction, task.run.0).await?,
        }
        transaction.commit().await.map_err(failed())?;
        Ok(ended)
    }

    /// Gives a task back, to be begun anew by whoever comes: it was not done, and did not fail.
    /// `false` as for [`Store::complete_task`].
    pub async fn hand_back_task(&self, task: &ClaimedTask) -> Result<bool, StoreError> {
        let failed = || StoreError::from_sqlx("handing back a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let back = sqlx::query(
            "with back as (
                update mg.task set state = 'ready', ready_at = now(), worker_id = null
                where id = $1 and attempt = $2 and state = 'running' returning id, attempt
             )
             update mg.task_attempt a set finished_at = now(), outcome = 'handed_back'
             from back where a.task_id = back.id and a.attempt = back.attempt",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        if back.rows_affected() == 0 {
            return Ok(false);
        }
        announce_work(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(true)
    }
}

/// Lineage, and the versions of tables that DAGs wait for.
async fn note_writes(
    transaction: &mut Transaction<'static, Postgres>,
    task: &ClaimedTask,
    wrote: &[Wrote],
) -> Result<(), StoreError> {
    if wrote.is_empty() {
        return Ok(());
    }
    // In the order of names, so that two that write the same tables do not wait for each other.
    let mut wrote: Vec<&Wrote> = wrote.iter().collect();
    wrote.sort_by(|one, other| one.table.cmp(&other.table));
    let tables: Vec<String> = wrote.iter().map(|wrote| wrote.table.clone()).collect();
    let rows: Vec<Option<i64>> = wrote.iter().map(|wrote| wrote.rows).collect();
    sqlx::query(
        "with written as (
            insert into mg.table_write (table_name, run_id, task_id, attempt, rows)
            select given.name, $1, $2, $3, given.rows from unnest($4::text[], $5::bigint[]) as given (name, rows)
         )
         insert into mg.table_change as c (table_name)
         select given.name from unnest($4::text[], $5::bigint[]) as given (name, rows)
         where given.rows is null or given.rows > 0
         group by given.name order by given.name
         on conflict (table_name) do update set version = c.version + 1, changed_at = now()",
    )
    .bind(task.run.0)
    .bind(task.id.0)
    .bind(task.attempt)
    .bind(tables)
    .bind(rows)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("noting what a task wrote"))
}
