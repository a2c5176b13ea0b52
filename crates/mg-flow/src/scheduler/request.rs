//! Schedules that somebody makes at run time.

use mg_store::Store;
use mg_store::schedule::{NewSchedule, Revision, ScheduleId, ScheduleRefused, StoredSchedule};
use serde_json::Value;

use super::sync::{definition, next, revise};
use crate::{Dags, ParameterError, Schedule, ScheduleError};

/// A schedule that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRequest {
    /// Its name, unique among schedules.
    pub name: String,
    /// The DAG that it runs.
    pub dag: String,
    /// What its runs are asked to do.
    pub parameters: Value,
    /// When it runs.
    pub schedule: Schedule,
}

/// Why a schedule is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Its timetable is wrong.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// There is no such DAG.
    #[error("there is no DAG named {0}")]
    UnknownDag(String),
    /// The DAG takes no such parameters.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The stored schedules do not allow it.
    #[error(transparent)]
    Refused(#[from] ScheduleRefused),
}

/// Makes the schedule that `request` asks for, in the name of `principal`. Its first instant is the
/// next one.
pub async fn add_schedule(
    store: &Store,
    dags: &Dags,
    request: &ScheduleRequest,
    principal: &str,
) -> Result<StoredSchedule, RequestError> {
    let timetable = request.schedule.check()?;
    accepts(dags, &request.dag, &request.parameters)?;
    if dags.get(&request.name).is_some() {
        return Err(ScheduleRefused::NameTaken(request.name.clone()).into());
    }
    let new = NewSchedule {
        name: request.name.clone(),
        dag: request.dag.clone(),
        definition: definition(&request.schedule),
        parameters: request.parameters.clone(),
        made_by: principal.to_owned(),
    };
    let made =
        store.add_schedule(&new, |now| next(&request.schedule, &timetable, &request.name, now)).await?;
    tracing::info!(schedule = made.name, dag = made.dag, by = principal, "schedule made");
    Ok(made)
}

/// Lets a schedule that was made by request mean `schedule` and ask for `parameters`, in the name of
/// `principal`. Its next instant is the next of the new timetable.
pub async fn change_schedule(
    store: &Store,
    dags: &Dags,
    id: ScheduleId,
    (schedule, parameters): (&Schedule, &Value),
    principal: &str,
) -> Result<StoredSchedule, RequestError> {
    let timetable = schedule.check()?;
    let present = store.schedule(id).await.map_err(ScheduleRefused::Store)?;
    let present = present.ok_or(ScheduleRefused::Unknown(id))?;
    accepts(dags, &present.dag, parameters)?;
    let revise = |present: &StoredSchedule, now| -> Option<Revision> {
        revise(present, schedule, &timetable, parameters, now)
    };
    Ok(store.change_schedule(id, principal, revise).await?)
}

fn accepts(dags: &Dags, name: &str, parameters: &Value) -> Result<(), RequestError> {
    let dag = dags.get(name).ok_or_else(|| RequestError::UnknownDag(name.to_owned()))?;
    dag.complete(parameters.clone())?;
    Ok(())
}
