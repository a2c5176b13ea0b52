//! Schedules: listed, shown, made, changed, paused, removed.

mod change;
mod list;
mod refusal;
mod show;
mod spider;
mod timetable;

pub use change::{
    RemovalReport, ScheduleChanges, ScheduleOrder, add_schedule, change_schedule, pause_schedule,
    remove_schedule, resume_schedule,
};
pub use list::{ScheduleList, ScheduleSummary, list_schedules, schedule_named};
use mg_store::schedule::{ScheduleId, StoredSchedule};
pub(super) use refusal::not_backfilled;
pub use show::{ScheduleReport, ScheduleStep, SkippedInstants, get_schedule};
pub use spider::{SpiderSchedule, schedule_spider};
pub use timetable::TimetableOrder;

use super::App;
use crate::Problem;

/// The schedule of that number, if it was not removed, or that is told of its removal.
async fn stored(app: &App, id: i64) -> Result<StoredSchedule, Problem> {
    match app.store.schedule(ScheduleId(id)).await? {
        Some(schedule) => Ok(schedule),
        None => Err(refusal::unknown(id)),
    }
}
