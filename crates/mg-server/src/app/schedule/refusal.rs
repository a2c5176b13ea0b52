//! Why there is no schedule or backfill, as a user is told.

use mg_flow::{BackfillError, ParameterError, RequestError, ScheduleError};
use mg_store::schedule::{ScheduleRefused, StoredSchedule};

use crate::Problem;

pub(super) fn unknown(id: i64) -> Problem {
    Problem::new(
        "unknown_schedule",
        format!("There is no schedule {id}, or it was removed."),
        "list_schedules (`mg schedule list`) tells which there are.",
    )
}

pub(super) fn ambiguous(name: &str, schedules: &[&StoredSchedule]) -> Problem {
    let each = schedules.iter().map(|schedule| match schedule.origin.as_str() {
        "code" => format!("{} of the DAG's code", schedule.id),
        _ => format!("{} made by {}", schedule.id, schedule.made_by),
    });
    let each: Vec<String> = each.collect();
    Problem::new(
        "ambiguous_schedule",
        format!("{} schedules are named `{name}`: {}.", schedules.len(), each.join(", ")),
        "Say which by its number.",
    )
}

pub(super) fn timetable(error: &ScheduleError) -> Problem {
    let advice = "A cron expression has five fields: minute, hour, day of the month, month, day of the week.";
    Problem::new("bad_schedule", format!("{error}."), advice)
}

fn parameters(error: &ParameterError) -> Problem {
    Problem::new("bad_parameters", format!("{error}."), "list_dags (`mg dag show`) tells what a DAG takes.")
}

fn dag(name: &str) -> Problem {
    let message = format!("There is no DAG named `{name}` in this version.");
    Problem::new("unknown_dag", message, "list_dags (`mg dag list`) lists them.")
}

pub(in crate::app) fn refused(error: ScheduleRefused) -> Problem {
    match error {
        ScheduleRefused::NameTaken(name) => Problem::new(
            "schedule_exists",
            format!("There is a schedule named `{name}` already."),
            "Choose another name, or change that one.",
        ),
        ScheduleRefused::Unknown(id) => unknown(id.0),
        ScheduleRefused::OfCode(name) => Problem::new(
            "schedule_of_code",
            format!("Schedule `{name}` is the one that its DAG's code gives."),
            "It can be paused; to change or remove it, edit dags/.",
        ),
        ScheduleRefused::Store(error) => error.into(),
    }
}

pub(in crate::app) fn not_scheduled(error: RequestError) -> Problem {
    match error {
        RequestError::Schedule(error) => timetable(&error),
        RequestError::UnknownDag(name) => dag(&name),
        RequestError::Parameters(error) => parameters(&error),
        RequestError::Refused(error) => refused(error),
    }
}

pub(in crate::app) fn not_backfilled(error: BackfillError) -> Problem {
    match error {
        BackfillError::UnknownSchedule(id) => unknown(id.0),
        BackfillError::UnknownDag(name) => dag(&name),
        BackfillError::Parameters(error) => parameters(&error),
        BackfillError::Schedule(error) => timetable(&error),
        BackfillError::Store(error) => error.into(),
        nothing @ BackfillError::Nothing { .. } => Problem::new(
            "nothing_to_backfill",
            format!("{nothing}."),
            "A dry run tells which instants there are.",
        ),
        other @ (BackfillError::TooMany { .. }
        | BackfillError::NoWidth
        | BackfillError::Unreadable { .. }) => {
            Problem::new("bad_backfill", format!("{other}."), "A dry run tells what a backfill would do.")
        }
    }
}
