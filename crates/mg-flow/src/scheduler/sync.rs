//! From what DAGs say to what is stored.

use chrono::{DateTime, Utc};
use mg_store::Store;
use mg_store::schedule::{NewSkip, NextInstant, Revision, SkipReason, StoredSchedule};
use mg_store::trigger::TableRule;
use serde_json::{Value, json};

use super::SchedulerError;
use crate::{DataTrigger, Definition, Schedule, Timetable};

pub(super) async fn sync(store: &Store, dag: &Definition) -> Result<(), SchedulerError> {
    match &dag.schedule {
        Some(schedule) => {
            let wrong = |source| SchedulerError::Schedule { dag: dag.name.clone(), source };
            let timetable = schedule.check().map_err(wrong)?;
            let parameters = json!({});
            store
                .sync_schedule(&dag.name, |present, now| match present {
                    Some(present) => revise(present, schedule, &timetable, &parameters, now),
                    None => Some(Revision {
                        definition: definition(schedule),
                        parameters: parameters.clone(),
                        next: next(schedule, &timetable, &dag.name, now),
                        missed: None,
                    }),
                })
                .await?;
        }
        None => store.drop_code_schedule(&dag.name).await?,
    }
    let (tables, rule) = match &dag.when_changed {
        Some(DataTrigger::Any(tables)) => (tables.as_slice(), TableRule::Any),
        Some(DataTrigger::All(tables)) => (tables.as_slice(), TableRule::All),
        None => ([].as_slice(), TableRule::Any),
    };
    Ok(store.sync_data_trigger(&dag.name, tables, rule).await?)
}

/// What a stored schedule is to say from now on; `None` when it says so already. Its next instant
/// stays if its timetable does.
pub(super) fn revise(
    present: &StoredSchedule,
    schedule: &Schedule,
    timetable: &Timetable,
    parameters: &Value,
    now: DateTime<Utc>,
) -> Option<Revision> {
    let definition = definition(schedule);
    if present.definition == definition && present.parameters == *parameters {
        return None;
    }
    let old: Option<Schedule> = serde_json::from_value(present.definition.clone()).ok();
    let kept = present.next_instant.zip(present.next_at).map(|(instant, at)| NextInstant { instant, at });
    let (next, missed) = if old.as_ref().is_some_and(|old| old.same_times(schedule)) {
        (kept, None)
    } else {
        (next(schedule, timetable, &present.name, now), kept.and_then(|kept| missed(old.as_ref(), kept, now)))
    };
    Some(Revision { definition, parameters: parameters.clone(), next, missed })
}

/// The instants of the old timetable that were due and that nobody took.
fn missed(old: Option<&Schedule>, next: NextInstant, now: DateTime<Utc>) -> Option<NewSkip> {
    if next.at > now {
        return None;
    }
    let last = old.and_then(|old| old.check().ok()).and_then(|old| old.last(next.instant, now));
    let last = last.unwrap_or(next.instant);
    Some(NewSkip { first: next.instant, last, why: SkipReason::Changed, detail: None })
}

/// The first instant after `now`.
pub(super) fn next(
    schedule: &Schedule,
    timetable: &Timetable,
    name: &str,
    now: DateTime<Utc>,
) -> Option<NextInstant> {
    schedule.next_due(timetable, name, now).map(|(instant, at)| NextInstant { instant, at })
}

pub(super) fn definition(schedule: &Schedule) -> Value {
    serde_json::to_value(schedule).expect("a schedule is plain data")
}
