//! Who executes tasks, and how many of a kind at a time.

use mg_core::{OpContext, Role};
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
    let pools = app.store.task_pools().await?.into_iter();
    Ok(PoolList { pools: pools.map(|pool| PoolReport { name: pool.name, slots: pool.slots }).collect() })
}

/// Sets how many tasks of a pool run at a time; an editor's. What runs already is left to end.
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
    if app.store.set_pool(name.trim(), slots).await? {
        tracing::info!(pool = name, slots, by = ctx.principal.name, "pool set");
        let slots = i32::try_from(slots).unwrap_or(i32::MAX);
        return Ok(PoolReport { name: name.trim().to_owned(), slots });
    }
    let pools = app.store.task_pools().await?;
    let names = pools.iter().map(|pool| pool.name.as_str());
    Err(Problem::unknown("pool", name, names, "The list of pools (`mg pool list`)"))
}
