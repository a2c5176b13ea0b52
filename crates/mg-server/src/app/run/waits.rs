//! What a ready task waits for, as a user is told.

use mg_core::RunId;
use mg_store::run::{Hindrance, ReadyTask, Task};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::App;
use crate::Problem;

/// Why a ready task is not at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitReport {
    /// What it waits for: the time at which it is begun anew, a worker at all, one that knows its job, one that serves
    /// its pool, its pool to be opened, a slot of its pool, its turn among those of its list, or a worker with time.
    #[schemars(extend("enum" = ["retry", "no_worker", "unknown_job", "unserved_pool", "closed_pool", "full_pool",
                                "full_map", "busy_workers"]))]
    pub reason: String,
    /// The same as a sentence.
    pub message: String,
    /// What to do about it; left out when nothing needs to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// When it is begun anew, RFC 3339; of a `retry` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What the ready ones among `tasks`, those of a run, wait for.
pub(super) async fn waits(
    app: &App,
    id: RunId,
    tasks: &[Task],
) -> Result<Vec<(ReadyTask, WaitReport)>, Problem> {
    // Nearly always none is, and nothing is asked.
    if tasks.iter().all(|task| task.state != "ready") {
        return Ok(Vec::new());
    }
    let ready = app.store.ready_tasks(id).await?.into_iter();
    Ok(ready.filter_map(|task| WaitReport::of(&task).map(|wait| (task, wait))).collect())
}

impl WaitReport {
    /// `None` when the next worker that looks takes the task.
    fn of(task: &ReadyTask) -> Option<Self> {
        let ReadyTask { job, pool_slots, map_width, .. } = task;
        let hindrance = task.hindrance?;
        let of_pool =
            task.pool.as_ref().map_or("tasks of no pool".to_owned(), |pool| format!("the pool `{pool}`"));
        let pool = task.pool.as_deref().unwrap_or("default");
        let (slots, width) = (pool_slots.unwrap_or_default(), map_width.unwrap_or_default());
        let (reason, message, advice) = match hindrance {
            Hindrance::Retry => {
                ("retry", format!("It failed, and is begun anew at {}.", task.ready_at.to_rfc3339()), None)
            }
            Hindrance::NoWorker => {
                let advice = "Start one: `mg serve` or `mg work`.".to_owned();
                ("no_worker", "No worker is there.".to_owned(), Some(advice))
            }
            Hindrance::UnknownJob => {
                let advice = "Start `mg work` of a version that knows it, and not --only for other kinds; `mg workers` \
                              tells who knows what.";
                ("unknown_job", format!("No worker knows the job `{job}`."), Some(advice.to_owned()))
            }
            Hindrance::UnservedPool => {
                let message = format!("No worker that knows the job `{job}` serves {of_pool}.");
                let advice = format!("Start `mg work --pools {pool}`, or one without --pools.");
                ("unserved_pool", message, Some(advice))
            }
            Hindrance::ClosedPool => {
                let message = format!("{} has 0 slots: its tasks are held.", capital(&of_pool));
                ("closed_pool", message, Some(format!("`mg pool set {pool} 4` lets four at a time go on.")))
            }
            Hindrance::FullPool => ("full_pool", format!("All slots of {of_pool} are taken: {slots}."), None),
            Hindrance::FullMap => (
                "full_map",
                format!("Of its list {width} are done at a time, and as many are at work."),
                None,
            ),
            Hindrance::BusyWorkers => {
                let advice =
                    "It is taken when one of them has time; another `mg work` takes it at once.".to_owned();
                ("busy_workers", "Every worker that could take it is busy.".to_owned(), Some(advice))
            }
        };
        let until = (hindrance == Hindrance::Retry).then(|| task.ready_at.to_rfc3339());
        Some(Self { reason: reason.to_owned(), message, advice, until })
    }
}

fn capital(words: &str) -> String {
    words.replacen("the ", "The ", 1)
}
