//! Taking ready tasks: in order of priority, within the slots of their pools and the width of their
//! maps, over all workers.
//!
//! One statement takes what is bound by neither. What is bound is only named by it, and taken one
//! by one while its pool and its map are held, so that two workers cannot take the same last slot.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mg_core::{RunId, TaskId};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Row, Transaction, postgres::PgRow, types::Json};

use super::{ClaimedKind, ClaimedTask, Known};
use crate::run::Backoff;
use crate::worker::WorkerId;
use crate::{Store, StoreError};

/// Who asks for tasks, and for which.
#[derive(Debug, Clone, Copy)]
pub struct Taker<'a> {
    /// The worker.
    pub worker: WorkerId,
    /// The jobs that it knows.
    pub jobs: &'a [String],
    /// The pools that it serves, [`Taker::NO_POOL`] for tasks of none; without it, all.
    pub pools: Option<&'a [String]>,
    /// How many tasks it can take.
    pub at_most: usize,
}

impl Taker<'_> {
    /// What tasks without a pool count as among [`Taker::pools`].
    pub const NO_POOL: &'static str = "default";
}

/// The tasks that come next and can be begun; `{bound}` is what holds for them besides.
const CANDIDATES: &str = "
    with full_pool as materialized (
        select p.name from mg.pool p
        where p.slots <= (select count(*) from mg.task r where r.pool = p.name and r.state = 'running')
    ), full_map as materialized (
        select m.id from mg.task m
        where m.state = 'mapped' and m.map_width is not null
          and m.map_width <= (select count(*) from mg.task c where c.parent_id = m.id and c.state = 'running')
    ), candidate as (
        select t.id, t.priority, t.ready_at, t.pool, case when t.map_width is not null then t.parent_id end as map_id
        from mg.task t
        where t.state = 'ready' and t.ready_at <= now() and t.job = any ($2)
          and ($3::text[] is null or coalesce(t.pool, 'default') = any ($3))
          and (t.pool is null or t.pool not in (select name from full_pool))
          and (t.parent_id is null or t.parent_id not in (select id from full_map))
        order by t.priority desc, t.ready_at, t.id limit $4 for update skip locked
    ), chosen as (
        select id from candidate where pool is null and map_id is null
    )";

/// Begins what is `chosen`; of each task, all that its worker needs. It begins by the clock as it is
/// then: `now()` is from before this waited for a slot, which another had still held at that time.
const BEGIN: &str = "
    , begun as (
        update mg.task t
        set state = 'running', attempt = attempt + 1, worker_id = $1, started_at = clock_timestamp(),
            progress_done = null, progress_total = null
        from chosen where t.id = chosen.id
        returning t.*
    ), run_begun as (
        update mg.run set state = 'running', started_at = coalesce(started_at, now())
        where id in (
            -- Who holds a run waits for its tasks, which are held here: to wait for it would be for ever.
            select q.id from mg.run q where q.id in (select run_id from begun) and q.state = 'queued'
            for update skip locked)
        returning id
    ), attempted as (
        insert into mg.task_attempt (task_id, attempt, worker, started_at)
        select b.id, b.attempt, coalesce((select name from mg.worker where id = $1), 'unknown'), b.started_at
        from begun b
    ), known as (
        select b.*, r.parameters, coalesce(r.instant, r.created_at) as instant,
               r.state = 'queued' and r.id not in (select id from run_begun) as run_is_held,
               (select jsonb_object_agg(n.name, n.output)
                from mg.task_dependency d join mg.task n on n.id = d.depends_on
                where d.task_id = coalesce(b.parent_id, b.id) and n.state = 'succeeded') as outputs
        from begun b join mg.run r on r.id = b.run_id
    )";

/// What a worker took, and what it may take one by one.
#[derive(Debug, Default)]
pub struct Claim {
    /// The tasks that are the worker's now.
    pub begun: Vec<ClaimedTask>,
    /// Those that need a slot of a pool or of a map, for [`Store::claim_bound`].
    pub bound: Vec<Bound>,
}

/// A task that could be begun, if there is a slot for it.
#[derive(Debug)]
pub struct Bound {
    task: i64,
    pool: Option<String>,
    map: Option<i64>,
}

enum Candidate {
    Begun(Box<ClaimedTask>),
    Bound(Bound),
}

impl Store {
    /// Takes the task that comes next among those whose job is in `jobs`.
    pub async fn claim_task(
        &self,
        worker: WorkerId,
        jobs: &[String],
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let mut claim = self.claim_tasks(&Taker { worker, jobs, pools: None, at_most: 1 }).await?;
        match (claim.begun.pop(), claim.bound.pop()) {
            (None, Some(bound)) => self.claim_bound(worker, &bound).await,
            (begun, _) => Ok(begun),
        }
    }

    /// Takes the tasks that come next: the highest priority first, then who has been ready longest.
    /// What needs a slot is named and not taken, so that waiting for one keeps back nothing that has
    /// begun.
    pub async fn claim_tasks(&self, taker: &Taker<'_>) -> Result<Claim, StoreError> {
        let statement = format!(
            "{CANDIDATES}{BEGIN}
             select known.*, c.id as candidate_id, c.pool as candidate_pool, c.map_id as candidate_map
             from candidate c left join known on known.id = c.id
             order by c.priority desc, c.ready_at, c.id"
        );
        let candidates: Vec<Candidate> = sqlx::query_as(AssertSqlSafe(statement))
            .bind(taker.worker.0)
            .bind(taker.jobs)
            .bind(taker.pools)
            .bind(i64::try_from(taker.at_most).unwrap_or(i64::MAX))
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("claiming tasks"))?;
        let mut claim = Claim::default();
        for candidate in candidates {
            match candidate {
                Candidate::Begun(task) => claim.begun.push(*task),
                Candidate::Bound(bound) => claim.bound.push(bound),
            }
        }
        self.begin_held_runs(&claim.begun).await;
        Ok(claim)
    }

    /// Takes a task if its pool and its map have a slot for it.
    pub async fn claim_bound(
        &self,
        worker: WorkerId,
        bound: &Bound,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let failed = || StoreError::from_sqlx("claiming a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        if !has_slot(&mut transaction, bound).await.map_err(failed())? {
            return Ok(None);
        }
        let statement = format!(
            "with chosen as (
                select id from mg.task where id = $2 and state = 'ready' and ready_at <= now() for update skip locked
             ){BEGIN}
             select known.*, known.id as candidate_id from known"
        );
        let task: Option<ClaimedTask> = sqlx::query_as(AssertSqlSafe(statement))
            .bind(worker.0)
            .bind(bound.task)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        if let Some(task) = &task {
            self.begin_held_runs(std::slice::from_ref(task)).await;
        }
        Ok(task)
    }

    /// Marks runs as begun that another held when their first task was taken. The tasks are the
    /// worker's whether this succeeds or not; a run that is held for longer is marked when it ends.
    async fn begin_held_runs(&self, begun: &[ClaimedTask]) {
        let held: Vec<i64> = begun.iter().filter(|task| task.run_is_held).map(|task| task.run.0).collect();
        if held.is_empty() {
            return;
        }
        let marked = async {
            let mut transaction = self.writer.begin().await?;
            sqlx::query("set local lock_timeout = '500ms'").execute(&mut *transaction).await?;
            sqlx::query(
                "update mg.run set state = 'running', started_at = coalesce(started_at, now())
                 where id = any ($1) and state = 'queued'",
            )
            .bind(&held)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        };
        if let Err(error) = marked.await {
            tracing::debug!("a run that another held is not marked as begun: {error}");
        }
    }
}

/// Whether there is a slot, which stays so until the transaction ends: whoever else begins a task
/// of the pool or the map waits for it.
async fn has_slot(
    transaction: &mut Transaction<'static, Postgres>,
    bound: &Bound,
) -> Result<bool, sqlx::Error> {
    // Each is held before it is counted: a count in the same statement would be from before.
    if let Some(map) = bound.map {
        let width: Option<i32> =
            sqlx::query_scalar("select map_width from mg.task where id = $1 for no key update")
                .bind(map)
                .fetch_one(&mut **transaction)
                .await?;
        let running: i64 =
            sqlx::query_scalar("select count(*) from mg.task where parent_id = $1 and state = 'running'")
                .bind(map)
                .fetch_one(&mut **transaction)
                .await?;
        if width.is_some_and(|width| running >= i64::from(width)) {
            return Ok(false);
        }
    }
    if let Some(pool) = &bound.pool {
        let slots: Option<i32> =
            sqlx::query_scalar("select slots from mg.pool where name = $1 for no key update")
                .bind(pool)
                .fetch_optional(&mut **transaction)
                .await?;
        let running: i64 =
            sqlx::query_scalar("select count(*) from mg.task where pool = $1 and state = 'running'")
                .bind(pool)
                .fetch_one(&mut **transaction)
                .await?;
        if slots.is_some_and(|slots| running >= i64::from(slots)) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl FromRow<'_, PgRow> for Candidate {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        if row.try_get::<Option<i64>, _>("id")?.is_some() {
            return Ok(Candidate::Begun(Box::new(ClaimedTask::from_row(row)?)));
        }
        Ok(Candidate::Bound(Bound {
            task: row.try_get("candidate_id")?,
            pool: row.try_get("candidate_pool")?,
            map: row.try_get("candidate_map")?,
        }))
    }
}

impl FromRow<'_, PgRow> for ClaimedTask {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let kind: String = row.try_get("kind")?;
        let over: Option<Value> = row.try_get("map_over")?;
        let outputs: Option<Json<Map<String, Value>>> = row.try_get("outputs")?;
        let backoff: Option<Json<Backoff>> = row.try_get("backoff")?;
        let timeout_ms: Option<i64> = row.try_get("timeout_ms")?;
        let instant: DateTime<Utc> = row.try_get("instant")?;
        Ok(Self {
            id: TaskId(row.try_get("id")?),
            run: RunId(row.try_get("run_id")?),
            name: row.try_get("name")?,
            job: row.try_get("job")?,
            input: row.try_get("input")?,
            attempt: row.try_get("attempt")?,
            kind: match (kind.as_str(), over) {
                ("map", Some(over)) => ClaimedKind::Map { over },
                ("branch", _) => ClaimedKind::Branch,
                _ => ClaimedKind::Job,
            },
            known: Known {
                outputs: outputs.map(|Json(outputs)| outputs).unwrap_or_default(),
                parameters: row.try_get("parameters")?,
                item: row.try_get("item")?,
                instant,
            },
            writes: row.try_get("writes")?,
            timeout: timeout_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
            backoff: backoff.map(|Json(backoff)| backoff).unwrap_or_default(),
            failures: row.try_get("failures")?,
            run_is_held: row.try_get("run_is_held")?,
        })
    }
}
