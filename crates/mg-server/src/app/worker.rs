//! Who executes tasks, and how many of a kind at a time.

use mg_core::{OpContext, Role};
use mg_store::pool::TaskPool;
use schemars::JsonSchema;
use serde::Serialize;

use super::{App, require};
use crate::Problem;

/// Most slots of a pool.
const MOST_SLOTS: u32 = 10_000;

/// A process that executes tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkerReport {
    /// Its name; two may have the same.
    pub name: String,
    /// The jobs that it knows.
    pub jobs: Vec<String>,
    /// The pools that it serves; empty for all.
    pub pools: Vec<String>,
    /// How many tasks it executes at a time.
    #[schemars(range(min = 0))]
    pub slots: i32,
    /// How many it is executing.
    #[schemars(range(min = 0))]
    pub running: i64,
    /// The version of its binary.
    pub version: String,
    /// Its lease: after which silence it is given up for lost, milliseconds.
    #[schemars(range(min = 1))]
    pub silence_ms: i64,
    /// Since when it is known, RFC 3339.
    pub started_at: String,
    /// When it was last heard, RFC 3339.
    pub heartbeat_at: String,
}

/// The workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkerList {
    /// The workers, by name.
    pub workers: Vec<WorkerReport>,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// How many of its tasks run at a time, over all workers; 0 holds them all.
    #[schemars(range(min = 0))]
    pub slots: i32,
    /// How many the code says; left out when the code of this version names no such pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub code_slots: Option<i32>,
    /// Who set its slots by hand, which wins over the code; left out while they are as the code says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_by: Option<String>,
    /// When, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_at: Option<String>,
}

impl From<TaskPool> for PoolReport {
    fn from(pool: TaskPool) -> Self {
        Self {
            name: pool.name,
            slots: pool.slots,
            code_slots: pool.code_slots,
            set_by: pool.set_by,
            set_at: pool.set_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// The pools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PoolList {
    /// The pools, by name.
    pub pools: Vec<PoolReport>,
}

/// The processes that execute tasks.
pub async fn list_workers(_ctx: &OpContext, app: &App) -> Result<WorkerList, Problem> {
    let workers = app.store.workers().await?.into_iter().map(|worker| WorkerReport {
        name: worker.name,
        jobs: worker.jobs,
        pools: worker.pools,
        slots: worker.slots,
        running: worker.running,
        version: worker.version,
        silence_ms: worker.silence_ms,
        started_at: worker.started_at.to_rfc3339(),
        heartbeat_at: worker.heartbeat_at.to_rfc3339(),
    });
    Ok(WorkerList { workers: workers.collect() })
}

/// The pools, as they stand.
pub async fn list_pools(_ctx: &OpContext, app: &App) -> Result<PoolList, Problem> {
    let pools = app.store.task_pools().await?;
    Ok(PoolList { pools: pools.into_iter().map(PoolReport::from).collect() })
}

/// Sets how many tasks of a pool run at a time; an editor's. What runs already is left to end. It holds whatever the
/// code says, until [`reset_pool`].
///
/// # Errors
///
/// `unknown_pool`, and `bad_arguments` for more than 10 000 slots.
pub async fn set_pool(ctx: &OpContext, app: &App, name: &str, slots: u32) -> Result<PoolReport, Problem> {
    require(ctx, Role::Editor)?;
    if slots > MOST_SLOTS {
        let message = format!("A pool has at most {MOST_SLOTS} slots, and not {slots}.");
        return Err(Problem::new("bad_arguments", message, "Say how many run at a time."));
    }
    let Some(pool) = app.store.set_pool(name.trim(), slots, &ctx.principal.name).await? else {
        return Err(unknown_pool(app, name).await?);
    };
    tracing::info!(pool = pool.name, slots, by = ctx.principal.name, "pool set");
    Ok(pool.into())
}

/// Gives a pool the slots back that the code says; an editor's.
///
/// # Errors
///
/// `unknown_pool`.
pub async fn reset_pool(ctx: &OpContext, app: &App, name: &str) -> Result<PoolReport, Problem> {
    require(ctx, Role::Editor)?;
    let Some(pool) = app.store.reset_pool(name.trim()).await? else {
        return Err(unknown_pool(app, name).await?);
    };
    tracing::info!(pool = pool.name, slots = pool.slots, by = ctx.principal.name, "pool reset");
    Ok(pool.into())
}

/// Says which pools do not have the slots that the code gives them: nobody else would.
pub(super) fn tell_set_pools(pools: &[TaskPool]) {
    for TaskPool { name, slots, code_slots, set_by, .. } in pools {
        let Some((code_slots, by)) = code_slots.filter(|code| code != slots).zip(set_by.as_deref()) else {
            continue;
        };
        tracing::info!(pool = name, slots, code_slots, by, "this pool has the slots that somebody set");
    }
}

async fn unknown_pool(app: &App, name: &str) -> Result<Problem, Problem> {
    let pools = app.store.task_pools().await?;
    let names = pools.iter().map(|pool| pool.name.as_str());
    Ok(Problem::unknown("pool", name, names, "The list of pools (`mg pool list`)"))
}
