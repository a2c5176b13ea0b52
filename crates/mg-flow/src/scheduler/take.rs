//! Taking what is due: which instants become runs, and what becomes of the others.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use mg_core::RunId;
use mg_store::run::{Cause, NewRun};
use mg_store::schedule::{
    Decision, DueSchedule, NewSkip, NextInstant, ScheduleId, SkipReason, Taken, Taking,
};
use mg_store::{Store, StoreError};

use super::{FACE, names};
use crate::schedule::Due;
use crate::{Dags, Definition, Overlap, Requester, Schedule};

/// Takes all that is due. A schedule that cannot be taken does not keep others waiting; it is said once,
/// and noted in `told`.
pub(super) async fn take_due(
    store: &Store,
    dags: &Dags,
    told: &mut HashSet<ScheduleId>,
) -> Result<Vec<RunId>, StoreError> {
    let names = names(dags);
    let (mut made, mut passed_over) = (Vec::new(), Vec::new());
    loop {
        let mut at_hand = None;
        let decide = |due: &DueSchedule| {
            at_hand = Some(due.schedule.id());
            decide(dags, due)
        };
        match store.take_due_schedule(&names, &passed_over, decide).await {
            Ok(None) => return Ok(made),
            Ok(Some(Taken::Runs(runs))) => made.extend(runs),
            Ok(Some(Taken::CancelFirst(runs))) => cancel(store, &runs).await?,
            Ok(Some(Taken::Left(schedule))) => {
                passed_over.push(schedule);
                if told.insert(schedule) {
                    tracing::warn!(%schedule, "it says what this version cannot read, and is left to others");
                }
            }
            Err(error) => {
                let schedule = at_hand.filter(|_| !error.is_passing());
                let Some(schedule) = schedule else { return Err(error) };
                passed_over.push(schedule);
                if told.insert(schedule) {
                    tracing::error!(%schedule, "what is due of it cannot be taken: {error}");
                }
            }
        }
    }
}

async fn cancel(store: &Store, runs: &[RunId]) -> Result<(), StoreError> {
    for run in runs {
        store.cancel_run(*run, "schedule").await?;
        tracing::info!(%run, "run cancelled, the next of its schedule is due");
    }
    Ok(())
}

fn decide(dags: &Dags, due: &DueSchedule) -> Decision {
    let stored = &due.schedule;
    let schedule: Option<Schedule> = serde_json::from_value(stored.definition.clone()).ok();
    let readable = schedule.and_then(|schedule| schedule.check().ok().map(|timetable| (schedule, timetable)));
    let dag = dags.get(&stored.dag);
    let (Some((schedule, timetable)), Some(next), Some(dag)) = (readable, stored.next_instant, dag) else {
        return Decision::Leave;
    };
    let found = schedule.due(&timetable, &stored.name, next, due.now);
    if schedule.overlap == Overlap::CancelPrevious && !found.fresh.is_empty() && !due.open.is_empty() {
        return Decision::CancelFirst(due.open.clone());
    }
    let mut planner = Planner { dag, due, overlap: schedule.overlap, runs: Vec::new(), skips: Vec::new() };
    planner.take(&found);
    Decision::Take(Taking {
        runs: planner.runs,
        skips: planner.skips,
        last: last(&found),
        next: found.next.map(|(instant, at)| NextInstant { instant, at }),
    })
}

/// The last instant that is taken or left out.
fn last(found: &Due) -> Option<DateTime<Utc>> {
    let taken = found.in_turn.iter().chain(&found.fresh).copied();
    taken.chain(found.missed.iter().map(|missed| missed.last)).max()
}

/// Makes runs of instants.
struct Planner<'a> {
    dag: &'a Definition,
    due: &'a DueSchedule,
    overlap: Overlap,
    runs: Vec<NewRun>,
    skips: Vec<NewSkip>,
}

impl Planner<'_> {
    fn take(&mut self, found: &Due) {
        for missed in &found.missed {
            let why = if missed.too_old { SkipReason::TooOld } else { SkipReason::Missed };
            self.skips.push(NewSkip { first: missed.first, last: missed.last, why, detail: None });
        }
        for instant in &found.in_turn {
            self.plan(*instant, self.overlap != Overlap::Allow && self.is_busy());
        }
        for (place, instant) in found.fresh.iter().enumerate() {
            let is_last = place + 1 == found.fresh.len();
            match self.overlap {
                Overlap::Allow => self.plan(*instant, false),
                Overlap::Queue => self.plan(*instant, self.is_busy()),
                // The last of several cancels the others before they begin.
                Overlap::CancelPrevious if is_last => self.plan(*instant, self.is_busy()),
                Overlap::Skip if !self.is_busy() => self.plan(*instant, false),
                Overlap::CancelPrevious | Overlap::Skip => self.skip(*instant, SkipReason::Overlap, None),
            }
        }
    }

    /// Whether a run of the schedule has not ended.
    fn is_busy(&self) -> bool {
        !self.due.open.is_empty() || !self.runs.is_empty()
    }

    fn plan(&mut self, instant: DateTime<Utc>, waits: bool) {
        let stored = &self.due.schedule;
        let cause = Cause::Schedule { schedule: stored.id, instant };
        let principal = if stored.origin == "code" { "schedule" } else { &stored.made_by };
        let requester = Requester { principal, face: FACE };
        match self.dag.planned(stored.parameters.clone(), cause, requester) {
            Ok(run) => self.runs.push(NewRun { waits, ..run }),
            Err(fault) => self.skip(instant, SkipReason::Unplannable, Some(fault.to_string())),
        }
    }

    fn skip(&mut self, instant: DateTime<Utc>, why: SkipReason, detail: Option<String>) {
        self.skips.push(NewSkip { first: instant, last: instant, why, detail });
    }
}
