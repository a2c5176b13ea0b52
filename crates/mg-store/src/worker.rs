//! Workers: processes that execute tasks, known by their heartbeat.
//!
//! A worker is lost when its heartbeat stays out, by the database's clock; never because a task
//! of it takes long. How long it may stay out is its own to say: whoever gives it up may be set up
//! otherwise.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mg_core::TaskId;
use sqlx::types::Uuid;

use crate::task::{announce_work, log_line, settle_run};
use crate::{Store, StoreError};

const LONGEST_SILENCE_MS: i64 = 604_800_000;

/// A process that executes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerId(pub(crate) Uuid);

/// A worker to be made known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorker {
    /// Its name, for people; two may have the same.
    pub name: String,
    /// The jobs that it knows.
    pub jobs: Vec<String>,
    /// The pools that it serves; empty for all.
    pub pools: Vec<String>,
    /// How many tasks it executes at a time.
    pub slots: i32,
    /// The version of its binary.
    pub version: String,
    /// Its lease: after which silence it is given up for lost; a week at most.
    pub silence: Duration,
}

impl Default for NewWorker {
    /// A worker of one slot and no name that knows nothing.
    fn default() -> Self {
        Self {
            name: String::new(),
            jobs: Vec::new(),
            pools: Vec::new(),
            slots: 1,
            version: String::new(),
            silence: Duration::from_secs(10),
        }
    }
}

/// A worker as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WorkerState {
    /// Its name.
    pub name: String,
    /// The jobs that it knows.
    pub jobs: Vec<String>,
    /// The pools that it serves; empty for all.
    pub pools: Vec<String>,
    /// How many tasks it executes at a time.
    pub slots: i32,
    /// How many it is executing.
    pub running: i64,
    /// The version of its binary.
    pub version: String,
    /// After which silence it is given up for lost, milliseconds.
    pub silence_ms: i64,
    /// Since when it is known.
    pub started_at: DateTime<Utc>,
    /// When it was last heard.
    pub heartbeat_at: DateTime<Utc>,
}

impl Store {
    /// Makes a worker known by its name.
    pub async fn register_worker(&self, name: &str) -> Result<WorkerId, StoreError> {
        self.register(&NewWorker { name: name.to_owned(), ..NewWorker::default() }).await
    }

    /// Makes a worker known.
    pub async fn register(&self, worker: &NewWorker) -> Result<WorkerId, StoreError> {
        sqlx::query_scalar(
            "insert into mg.worker (name, jobs, pools, slots, version, silence_ms)
             values ($1, $2, $3, $4, $5, $6) returning id",
        )
        .bind(&worker.name)
        .bind(&worker.jobs)
        .bind(&worker.pools)
        .bind(worker.slots)
        .bind(&worker.version)
        .bind(i64::try_from(worker.silence.as_millis()).unwrap_or(i64::MAX).clamp(1, LONGEST_SILENCE_MS))
        .fetch_one(&self.writer)
        .await
        .map(WorkerId)
        .map_err(StoreError::from_sqlx("registering a worker"))
    }

    /// The workers there are, by name.
    pub async fn workers(&self) -> Result<Vec<WorkerState>, StoreError> {
        sqlx::query_as(
            "select name, jobs, pools, slots, version, silence_ms, started_at, heartbeat_at,
                    (select count(*) from mg.task t where t.worker_id = w.id and t.state = 'running') as running
             from mg.worker w order by name, started_at",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing workers"))
    }

    /// Says that a worker lives. `false` when it was given up for lost: it must register anew.
    pub async fn heartbeat(&self, worker: WorkerId) -> Result<bool, StoreError> {
        let beaten = sqlx::query("update mg.worker set heartbeat_at = now() where id = $1")
            .bind(worker.0)
            .execute(&self.heart)
            .await
            .map_err(StoreError::from_sqlx("sending a heartbeat"))?;
        Ok(beaten.rows_affected() == 1)
    }

    /// Which of `tasks` are no longer their worker's to end: cancelled, cleared, or given to another.
    pub async fn lost_tasks(&self, tasks: &[(TaskId, i32)]) -> Result<Vec<(TaskId, i32)>, StoreError> {
        let lost: Vec<(i64, i32)> = sqlx::query_as(
            "select mine.id, mine.attempt from unnest($1::bigint[], $2::int[]) as mine (id, attempt)
             where not exists (
                 select from mg.task t join mg.run r on r.id = t.run_id
                 where t.id = mine.id and t.attempt = mine.attempt and t.state = 'running'
                   and r.state <> 'cancelled')",
        )
        .bind(tasks.iter().map(|(id, _)| id.0).collect::<Vec<i64>>())
        .bind(tasks.iter().map(|(_, attempt)| *attempt).collect::<Vec<i32>>())
        .fetch_all(&self.heart)
        .await
        .map_err(StoreError::from_sqlx("looking after running tasks"))?;
        Ok(lost.into_iter().map(|(id, attempt)| (TaskId(id), attempt)).collect())
    }

    /// Takes a worker off the books; what it was executing is ready again for others, at no cost:
    /// an orderly stop is no failure.
    pub async fn retire_worker(&self, worker: WorkerId) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("retiring a worker");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        sqlx::query(
            "with back as (
                update mg.task set state = 'ready', ready_at = now(), worker_id = null
                where worker_id = $1 and state = 'running' returning id, attempt
             )
             update mg.task_attempt a set finished_at = now(), outcome = 'handed_back'
             from back where a.task_id = back.id and a.attempt = back.attempt",
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
        announce_work(&mut transaction).await?;
        transaction.commit().await.map_err(failed())
    }

    /// Hands back what the books say that `worker` has been executing for longer than `age`, and what is
    /// not among `at_hand`: it knows nothing of it. Returns how many tasks that were.
    pub async fn hand_back_forgotten(
        &self,
        worker: WorkerId,
        at_hand: &[(TaskId, i32)],
        age: Duration,
    ) -> Result<usize, StoreError> {
        let failed = || StoreError::from_sqlx("handing back tasks");
        let mut transaction = self.heart.begin().await.map_err(failed())?;
        let back: Vec<i64> = sqlx::query_scalar(
            "with forgotten as (
                select t.id from mg.task t
                where t.worker_id = $1 and t.state = 'running'
                  and t.started_at < clock_timestamp() - make_interval(secs => $4)
                  and not exists (select from unnest($2::bigint[], $3::int[]) as mine (id, attempt)
                                  where mine.id = t.id and mine.attempt = t.attempt)
                for update skip locked
             ), back as (
                update mg.task t set state = 'ready', ready_at = now(), worker_id = null
                from forgotten where t.id = forgotten.id returning t.id, t.attempt
             ), noted as (
                update mg.task_attempt a set finished_at = now(), outcome = 'handed_back'
                from back where a.task_id = back.id and a.attempt = back.attempt
             )
             select id from back",
        )
        .bind(worker.0)
        .bind(at_hand.iter().map(|(id, _)| id.0).collect::<Vec<i64>>())
        .bind(at_hand.iter().map(|(_, attempt)| *attempt).collect::<Vec<i32>>())
        .bind(age.as_secs_f64())
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        if back.is_empty() {
            return Ok(0);
        }
        for &task in &back {
            log_line(
                &mut transaction,
                task,
                "warn",
                "its worker knew nothing of it; the task is taken up anew",
            )
            .await?;
        }
        announce_work(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(back.len())
    }

    /// Gives up workers that were silent for longer than their lease and readies their tasks again; a task
    /// whose workers were lost too often fails. Returns how many tasks were taken back.
    pub async fn reclaim_expired_tasks(&self) -> Result<usize, StoreError> {
        self.reclaim(None).await
    }

    /// As [`Store::reclaim_expired_tasks`], of workers silent for longer than `silence`, whatever their lease.
    pub async fn reclaim_lost_tasks(&self, silence: Duration) -> Result<usize, StoreError> {
        self.reclaim(Some(silence)).await
    }

    async fn reclaim(&self, silence: Option<Duration>) -> Result<usize, StoreError> {
        let silence = silence.map(|silence| silence.as_secs_f64());
        let failed = || StoreError::from_sqlx("reclaiming tasks of lost workers");
        // Nearly always nobody is lost, and one look says so.
        let any_lost: bool = sqlx::query_scalar(
            "select exists (select from mg.worker
                            where heartbeat_at < now() - make_interval(secs => coalesce($1::float8, silence_ms / 1000.0)))
                 or exists (select from mg.task where state = 'running' and worker_id is null)",
        )
        .bind(silence)
        .fetch_one(&self.heart)
        .await
        .map_err(failed())?;
        if !any_lost {
            return Ok(0);
        }
        let mut transaction = self.heart.begin().await.map_err(failed())?;
        // Nothing here waits for another transaction: it may be of a process that stands still, and
        // whoever waits for it sends no heartbeat either. What is held is looked at the next time.
        let silent: Vec<Uuid> = sqlx::query_scalar(
            "select id from mg.worker
             where heartbeat_at < now() - make_interval(secs => coalesce($1::float8, silence_ms / 1000.0))
             order by id for update skip locked",
        )
        .bind(silence)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        // As where a task ends: endings of one run follow each other, so that the last sees the
        // others'. Its run is locked before its tasks there too.
        let runs: Vec<i64> = sqlx::query_scalar(
            "select id from mg.run where id in (
                select run_id from mg.task where state = 'running' and (worker_id is null or worker_id = any ($1)))
             order by id for update skip locked",
        )
        .bind(&silent)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        let lost: Vec<(i64, i64, bool)> = sqlx::query_as(
            "with victim as (
                select id from mg.task
                where state = 'running' and run_id = any ($2) and (worker_id is null or worker_id = any ($1))
                for update skip locked
             ), taken as (
                update mg.task t
                set losses = losses + 1, worker_id = null,
                    state = case when losses + 1 < max_attempts then 'ready' else 'failed' end,
                    ready_at = now(),
                    finished_at = case when losses + 1 < max_attempts then null else now() end,
                    error_code = case when losses + 1 < max_attempts then null else 'worker_lost' end,
                    error = case when losses + 1 < max_attempts then null
                                 else 'the process that executed the task ended, too many times' end
                from victim where t.id = victim.id
                returning t.run_id, t.id, t.attempt, t.state = 'failed' as is_final
             ), noted as (
                update mg.task_attempt a set finished_at = now(), outcome = 'lost', error_code = 'worker_lost'
                from taken where a.task_id = taken.id and a.attempt = taken.attempt
             )
             select run_id, id, is_final from taken",
        )
        .bind(&silent)
        .bind(&runs)
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        sqlx::query(
            "delete from mg.worker w
             where w.id = any ($1)
               and not exists (select from mg.task t where t.worker_id = w.id and t.state = 'running')",
        )
        .bind(&silent)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        for &(run, task, is_final) in &lost {
            let (level, message) = if is_final {
                ("error", "the process that executed this task was lost, and no attempt is left")
            } else {
                ("warn", "the process that executed this task was lost; the task is taken up anew")
            };
            log_line(&mut transaction, task, level, message).await?;
            if is_final {
                settle_run(&mut transaction, run).await?;
            }
        }
        announce_work(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(lost.len())
    }
}
