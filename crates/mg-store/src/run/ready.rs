//! What the ready tasks of a run wait for: a worker that knows their job and serves their pool, a slot, or the
//! time at which they are begun anew.

use chrono::{DateTime, Utc};
use mg_core::RunId;

use crate::{Store, StoreError};

/// What stands in the way of a ready task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Hindrance {
    /// It failed, and the time at which it is begun anew has not come.
    Retry,
    /// No worker lives.
    NoWorker,
    /// No living worker knows its job.
    UnknownJob,
    /// None that knows its job serves its pool.
    UnservedPool,
    /// Its pool has no slots.
    ClosedPool,
    /// All slots of its pool are taken.
    FullPool,
    /// As many of its map are at work as are to be at a time.
    FullMap,
    /// Whoever could take it is busy.
    BusyWorkers,
}

/// A task that is ready, and that nobody executes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReadyTask {
    /// Its name.
    pub name: String,
    /// The task whose list it was made of.
    pub parent: Option<String>,
    /// The job that executes it.
    pub job: String,
    /// The pool that it takes a slot of.
    pub pool: Option<String>,
    /// How many slots that has, over all workers.
    pub pool_slots: Option<i32>,
    /// How many of its map are to be at work at a time.
    pub map_width: Option<i32>,
    /// Since when it may be begun, or when.
    pub ready_at: DateTime<Utc>,
    /// What stands in its way; `None` when the next worker that looks takes it.
    pub hindrance: Option<Hindrance>,
}

impl Store {
    /// The ready tasks of a run in the order of its DAG. A worker lives while its heartbeat is within its lease.
    pub async fn ready_tasks(&self, id: RunId) -> Result<Vec<ReadyTask>, StoreError> {
        sqlx::query_as(
            "with live as materialized (
                select w.jobs, w.pools,
                       w.slots > (select count(*) from mg.task r where r.worker_id = w.id and r.state = 'running') as is_free
                from mg.worker w where w.heartbeat_at >= now() - make_interval(secs => w.silence_ms / 1000.0)
             ), busy_pool as materialized (
                select pool as name, count(*) as running from mg.task
                where state = 'running' and pool is not null group by pool
             ), busy_map as materialized (
                select parent_id as id, count(*) as running from mg.task
                where run_id = $1 and state = 'running' and parent_id is not null group by parent_id
             ), asked as (
                select t.*, p.slots as pool_slots, coalesce(bp.running, 0) as pool_running,
                       coalesce(bm.running, 0) as map_running,
                       exists (select from live w where t.job = any (w.jobs)) as is_known,
                       exists (select from live w where t.job = any (w.jobs) and (w.pools = '{}'
                               or coalesce(t.pool, 'default') = any (w.pools))) as is_served,
                       exists (select from live w where t.job = any (w.jobs) and (w.pools = '{}'
                               or coalesce(t.pool, 'default') = any (w.pools)) and w.is_free) as has_worker
                from mg.task t
                left join mg.pool p on p.name = t.pool
                left join busy_pool bp on bp.name = t.pool
                left join busy_map bm on bm.id = t.parent_id
                where t.run_id = $1 and t.state = 'ready'
             )
             select a.name, parent.name as parent, a.job, a.pool, a.pool_slots,
                    case when a.parent_id is not null then a.map_width end as map_width, a.ready_at,
                    case when a.ready_at > now() then 'retry'
                         when not exists (select from live) then 'no_worker'
                         when not is_known then 'unknown_job'
                         when not is_served then 'unserved_pool'
                         when pool_slots = 0 then 'closed_pool'
                         when pool_slots <= pool_running then 'full_pool'
                         when a.parent_id is not null and a.map_width <= map_running then 'full_map'
                         when not has_worker then 'busy_workers' end as hindrance
             from asked a left join mg.task parent on parent.id = a.parent_id
             order by coalesce(a.parent_id, a.id), a.map_index nulls first",
        )
        .bind(id.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking what tasks wait for"))
    }
}
