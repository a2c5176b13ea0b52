//! Starts runs when their time has come: by schedules, and when tables changed.
//!
//! What is due lies in the database, with the time at which it is; a process only looks. So any number
//! of them may run at a time, none leads, and none matters: an instant is taken in one transaction
//! together with its run and with what is next. The clock that counts is the database's.
//!
//! It never executes anything: workers do.

mod backfill;
mod request;
mod sync;
mod take;

use std::collections::HashSet;
use std::time::Duration;

use mg_core::RunId;
use mg_store::run::Cause;
use mg_store::schedule::{Pulse, ScheduleId};
use mg_store::{Store, StoreError};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Dags, Definition, Requester, ScheduleError};

pub use backfill::{BackfillError, BackfillPlan, BackfillRange, PlannedInstant, backfill, plan_backfill};
pub use request::{RequestError, ScheduleRequest, add_schedule, change_schedule};

/// The face that runs come through which nobody asked for.
const FACE: &str = "schedule";

/// How a scheduler looks for what is due.
#[derive(Debug, Clone)]
pub struct SchedulerOptions {
    /// How long it waits at most before it looks again: by so much is late what nothing announces,
    /// as a table that changed or a run that another waits for. One query each time.
    pub longest_wait: Duration,
}

impl Default for SchedulerOptions {
    fn default() -> Self {
        Self { longest_wait: Duration::from_secs(1) }
    }
}

/// Why a scheduler does not start.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// A DAG's schedule is wrong.
    #[error("the schedule of DAG {dag} is wrong: {source}")]
    Schedule {
        /// The DAG.
        dag: String,
        /// What is wrong.
        source: ScheduleError,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A scheduler at work, until [`Scheduler::stop`].
#[derive(Debug)]
pub struct Scheduler {
    stop: CancellationToken,
    working: JoinHandle<()>,
}

impl Scheduler {
    /// Brings the stored schedules up to what the DAGs say, and begins to look for what is due.
    pub async fn start(store: Store, dags: Dags, options: SchedulerOptions) -> Result<Self, SchedulerError> {
        Self::sync(&store, &dags).await?;
        let stop = CancellationToken::new();
        Ok(Self { stop: stop.clone(), working: tokio::spawn(work(store, dags, options, stop)) })
    }

    /// Looks for nothing more.
    pub async fn stop(self) {
        self.stop.cancel();
        // The loop ends of itself; a panic in it was logged where it happened.
        let _ = self.working.await;
    }

    /// Registers the DAGs, and brings stored schedules and data triggers up to what the DAGs say. What is unchanged is
    /// left alone, and with it the instant that is next.
    pub async fn sync(store: &Store, dags: &Dags) -> Result<(), SchedulerError> {
        dags.register(store).await?;
        for dag in dags.iter() {
            sync::sync(store, dag).await?;
        }
        Ok(())
    }

    /// Looks once, and does what there is to do. Gives the runs that were made.
    pub async fn tick(store: &Store, dags: &Dags) -> Result<Vec<RunId>, StoreError> {
        let pulse = store.pulse(&names(dags)).await?;
        act(store, dags, &pulse, &mut HashSet::new()).await
    }
}

/// Looks again and again. `told` has the schedules of which it was said that they cannot be taken: they
/// stay due, and are not told of each time.
async fn work(store: Store, dags: Dags, options: SchedulerOptions, stop: CancellationToken) {
    let names = names(&dags);
    let (mut is_down, mut told) = (false, HashSet::new());
    while !stop.is_cancelled() {
        let looked = look(&store, &dags, &names, &mut told).await;
        if let Err(error) = &looked
            && !is_down
        {
            tracing::warn!("what is due cannot be looked for: {error}");
        }
        is_down = looked.is_err();
        let wait = looked.ok().flatten().unwrap_or(options.longest_wait).min(options.longest_wait);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Looks, does what there is to do, and gives how long it is until something is due.
async fn look(
    store: &Store,
    dags: &Dags,
    names: &[String],
    told: &mut HashSet<ScheduleId>,
) -> Result<Option<Duration>, StoreError> {
    let pulse = store.pulse(names).await?;
    act(store, dags, &pulse, told).await?;
    // What was due is done, or cannot be: either way there is no hurry.
    Ok(pulse.next_in.filter(|_| !pulse.is_due))
}

async fn act(
    store: &Store,
    dags: &Dags,
    pulse: &Pulse,
    told: &mut HashSet<ScheduleId>,
) -> Result<Vec<RunId>, StoreError> {
    let mut made = Vec::new();
    if pulse.is_due {
        made.extend(take::take_due(store, dags, told).await?);
    }
    if pulse.is_waiting {
        store.release_queued_runs().await?;
        store.advance_backfills().await?;
    }
    for dag in dags.iter().filter(|dag| pulse.stale.contains(&dag.name)) {
        made.extend(start_by_data(store, dag).await?);
    }
    Ok(made)
}

async fn start_by_data(store: &Store, dag: &Definition) -> Result<Option<RunId>, StoreError> {
    let requester = Requester { principal: "data", face: FACE };
    let run = match dag.planned(Value::Null, Cause::Data, requester) {
        Ok(run) => run,
        Err(fault) => {
            tracing::error!(dag = dag.name, "its tables changed, and no run can be made: {fault}");
            return Ok(None);
        }
    };
    let made = store.take_data_trigger(&dag.name, &run).await?;
    if let Some(run) = made {
        tracing::info!(%run, dag = dag.name, "run made, its tables changed");
    }
    Ok(made)
}

fn names(dags: &Dags) -> Vec<String> {
    dags.iter().map(|dag| dag.name.clone()).collect()
}
