//! Making up for a range of instants.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use mg_store::backfill::{BackfillId, NewBackfill};
use mg_store::run::{Cause, NewRun};
use mg_store::schedule::{ScheduleId, StoredSchedule};
use mg_store::{Store, StoreError};

use crate::{Dags, ParameterError, Requester, Schedule, ScheduleError};

/// How many instants a backfill may have.
const MOST: usize = 1000;

/// Which instants are made up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillRange {
    /// The schedule that they are of.
    pub schedule: ScheduleId,
    /// None before this.
    pub from: DateTime<Utc>,
    /// None after this, and none that has not come yet.
    pub until: DateTime<Utc>,
}

/// What a backfill would do.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillPlan {
    /// The schedule.
    pub schedule: StoredSchedule,
    /// The instants, oldest first.
    pub instants: Vec<PlannedInstant>,
}

/// An instant that is made up for, if it has no run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedInstant {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// The run that it has already, and its state.
    pub run: Option<(i64, String)>,
}

/// Why there is no backfill.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// There is no such schedule.
    #[error("there is no schedule {0}")]
    UnknownSchedule(ScheduleId),
    /// No instant lies in the range that has come and has no run.
    #[error("no instant of {schedule} lies in that range that has come and has no run")]
    Nothing {
        /// The schedule's name.
        schedule: String,
    },
    /// The range has too many instants.
    #[error("the range has more than {MOST} instants of {schedule}: take it in parts")]
    TooMany {
        /// The schedule's name.
        schedule: String,
    },
    /// No run at a time.
    #[error("at least one run must be open at a time")]
    NoWidth,
    /// Its DAG is not known.
    #[error("there is no DAG named {0}")]
    UnknownDag(String),
    /// The DAG takes no parameters such as the schedule has.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The stored timetable cannot be read.
    #[error("what schedule {schedule} says cannot be read: {reason}")]
    Unreadable {
        /// The schedule's name.
        schedule: String,
        /// Why.
        reason: String,
    },
    /// The stored timetable is wrong.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a backfill of `range` would do; nothing is done.
pub async fn plan_backfill(store: &Store, range: BackfillRange) -> Result<BackfillPlan, BackfillError> {
    let schedule = store.schedule(range.schedule).await?;
    let schedule = schedule.ok_or(BackfillError::UnknownSchedule(range.schedule))?;
    let instants = instants(&schedule, range, store.now().await?)?;
    let runs = store.runs_of_instants(range.schedule, range.from, range.until).await?;
    let mut runs: HashMap<_, _> =
        runs.into_iter().map(|run| (run.instant, (run.run_id, run.state))).collect();
    let instants =
        instants.into_iter().map(|instant| PlannedInstant { instant, run: runs.remove(&instant) }).collect();
    Ok(BackfillPlan { schedule, instants })
}

/// Makes up for the instants of `range` that have no run, `width` runs at a time, in the name of
/// `principal`.
pub async fn backfill(
    store: &Store,
    dags: &Dags,
    range: BackfillRange,
    width: u32,
    principal: &str,
) -> Result<BackfillId, BackfillError> {
    if width == 0 {
        return Err(BackfillError::NoWidth);
    }
    let BackfillPlan { schedule, instants } = plan_backfill(store, range).await?;
    let missing = instants.into_iter().filter(|planned| planned.run.is_none());
    let missing: Vec<DateTime<Utc>> = missing.map(|planned| planned.instant).collect();
    let (Some(first), Some(last)) = (missing.first().copied(), missing.last().copied()) else {
        return Err(BackfillError::Nothing { schedule: schedule.name });
    };
    let runs = runs(dags, &schedule, &missing, principal)?;
    let new = NewBackfill { schedule: range.schedule, first, last, width, made_by: principal.to_owned() };
    let id =
        store.add_backfill(&new, |id| runs.into_iter().map(|run| of_backfill(run, id)).collect()).await?;
    tracing::info!(backfill = %id, schedule = schedule.name, by = principal, runs = missing.len(), "backfill made");
    Ok(id)
}

fn instants(
    stored: &StoredSchedule,
    range: BackfillRange,
    now: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, BackfillError> {
    let schedule: Schedule = serde_json::from_value(stored.definition.clone()).map_err(|error| {
        BackfillError::Unreadable { schedule: stored.name.clone(), reason: error.to_string() }
    })?;
    // A backfill reaches back to before the schedule's own start: that is what it is for.
    let timetable = schedule.check()?.between(None, schedule.ends_at);
    let until = range.until.min(now);
    let before = range.from.checked_sub_signed(TimeDelta::nanoseconds(1)).unwrap_or(range.from);
    let instants = timetable.upcoming(before).take_while(|instant| *instant <= until);
    let instants: Vec<_> = instants.take(MOST + 1).collect();
    if instants.len() > MOST {
        return Err(BackfillError::TooMany { schedule: stored.name.clone() });
    }
    Ok(instants)
}

/// A run of each instant, in the name of the schedule until its backfill has a number.
fn runs(
    dags: &Dags,
    stored: &StoredSchedule,
    instants: &[DateTime<Utc>],
    principal: &str,
) -> Result<Vec<NewRun>, BackfillError> {
    let dag = dags.get(&stored.dag).ok_or_else(|| BackfillError::UnknownDag(stored.dag.clone()))?;
    let plan = |instant: &DateTime<Utc>| {
        let cause = Cause::Schedule { schedule: stored.id, instant: *instant };
        Ok(dag.planned(stored.parameters.clone(), cause, Requester { principal, face: "backfill" })?)
    };
    instants.iter().map(plan).collect()
}

fn of_backfill(run: NewRun, BackfillId(backfill): BackfillId) -> NewRun {
    let cause = match run.cause {
        Cause::Schedule { schedule, instant } => Cause::Backfill { schedule, backfill, instant },
        other => other,
    };
    NewRun { cause, ..run }
}
