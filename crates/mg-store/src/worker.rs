//! Workers: processes that execute tasks, known by their heartbeat.

use std::time::Duration;

use sqlx::types::Uuid;

use crate::{Store, StoreError};

/// A process that executes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerId(pub(crate) Uuid);

impl Store {
    /// Makes a worker known.
    pub async fn register_worker(&self, name: &str) -> Result<WorkerId, StoreError> {
        sqlx::query_scalar("insert into mg.worker (name) values ($1) returning id")
            .bind(name)
            .fetch_one(&self.writer)
            .await
            .map(WorkerId)
            .map_err(StoreError::from_sqlx("registering a worker"))
    }

    /// Says that a worker lives. `false` when it was given up for lost: it must register anew.
    pub async fn heartbeat(&self, worker: WorkerId) -> Result<bool, StoreError> {
        let beaten = sqlx::query("update mg.worker set heartbeat_at = now() where id = $1")
            .bind(worker.0)
            .execute(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("sending a heartbeat"))?;
        Ok(beaten.rows_affected() == 1)
    }

    /// Takes a worker off the books; what it was executing is ready again for others.
    pub async fn retire_worker(&self, worker: WorkerId) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("retiring a worker");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        // An orderly stop is no failed attempt, so it costs none.
        sqlx::query(
            "update mg.task
             set state = 'ready', ready_at = now(), worker_id = null, max_attempts = max_attempts + 1
             where worker_id = $1 and state = 'running'",
        )
        .bind(worker.0)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        sqlx::query("delete from mg.worker where id = $1")
            .bind(worker.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    /// Gives up workers silent for longer than `silence` and readies their tasks again;
    /// a task with no attempt left fails. Returns how many tasks were taken back.
    pub async fn reclaim_lost_tasks(&self, silence: Duration) -> Result<usize, StoreError> {
        let failed = || StoreError::from_sqlx("reclaiming tasks of lost workers");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        // As where a task ends: endings of one run follow each other, so that the last sees the
        // others'. Its run is locked before its tasks there too.
        sqlx::query(
            "select from mg.run where id in (
                select t.run_id from mg.task t left join mg.worker w on w.id = t.worker_id
                where t.state = 'running'
                  and (w.id is null or w.heartbeat_at < now() - make_interval(secs => $1)))
             order by id for update",
        )
        .bind(silence.as_secs_f64())
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        let lost: Vec<(i64, i64, bool)> = sqlx::query_as(
            "with lost as (
                delete from mg.worker where heartbeat_at < now() - make_interval(secs => $1) returning id
             ), victim as (
                select id from mg.task
                where state = 'running' and (worker_id is null or worker_id in (select id from lost))
                for update skip locked
             )
             update mg.task t
             set state = case when attempt < max_attempts then 'ready' else 'failed' end,
                 ready_at = now(), worker_id = null,
                 finished_at = case when attempt < max_attempts then null else now() end,
                 error_code = case when attempt < max_attempts then null else 'worker_lost' end,
                 error = case when attempt < max_attempts then null
                              else 'the process that executed the task ended, too many times' end
             from victim where t.id = victim.id
             returning t.run_id, t.id, t.state = 'failed'",
        )
        .bind(silence.as_secs_f64())
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        for &(run, task, is_final) in &lost {
            let (level, message) = if is_final {
                ("error", "the process that executed this task was lost, and no attempt is left")
            } else {
                ("warn", "the process that executed this task was lost; the task is taken up anew")
            };
            crate::task::log_line(&mut transaction, task, level, message).await?;
            if is_final {
                crate::task::settle_run(&mut transaction, run).await?;
            }
        }
        transaction.commit().await.map_err(failed())?;
        Ok(lost.len())
    }
}
