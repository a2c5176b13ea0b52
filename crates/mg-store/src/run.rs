//! Runs: one execution of a DAG, with its tasks.

mod cancel;
mod insert;
mod mark;
mod new;
mod read;
mod ready;
mod release;
mod rerun;

pub use cancel::Cancelled;
pub(crate) use insert::insert;
pub use mark::Mark;
pub use new::{Backoff, Cause, NewDependency, NewRun, NewTask, TaskKind, TriggerRule};
pub use read::{Attempt, Run, RunFilter, Task};
pub use ready::{Hindrance, ReadyTask};
pub(crate) use release::release;
pub use rerun::{Rerun, Touched};

use mg_core::RunId;

use crate::{Store, StoreError};

/// A run that was asked for under a key, see [`Store::create_run_once`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnceRun {
    /// The run.
    pub id: RunId,
    /// Whether it is one that was asked for before and has not ended.
    pub asked_before: bool,
}

impl Store {
    /// Makes a run and its tasks; those that wait for none are ready at once.
    pub async fn create_run(&self, run: &NewRun) -> Result<RunId, StoreError> {
        let failed = || StoreError::from_sqlx("making a run");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let made = insert(&mut transaction, run, None).await?;
        transaction.commit().await.map_err(failed())?;
        made.ok_or_else(|| StoreError::Failed {
            attempted: "making a run",
            reason: "the instant of the schedule has one already".to_owned(),
        })
    }

    /// Makes a run unless one that was made under the same `key` has not ended: then that is it.
    pub async fn create_run_once(&self, run: &NewRun, key: &str) -> Result<OnceRun, StoreError> {
        let failed = || StoreError::from_sqlx("making a run");
        loop {
            let mut transaction = self.writer.begin().await.map_err(failed())?;
            if let Some(id) = insert(&mut transaction, run, Some(key)).await? {
                transaction.commit().await.map_err(failed())?;
                return Ok(OnceRun { id, asked_before: false });
            }
            transaction.rollback().await.map_err(failed())?;
            let live: Option<i64> =
                sqlx::query_scalar("select id from mg.run where launch_key = $1 and finished_at is null")
                    .bind(key)
                    .fetch_optional(&self.writer)
                    .await
                    .map_err(StoreError::from_sqlx("looking for a run"))?;
            // None: it has just ended, and its key is free again.
            if let Some(id) = live {
                return Ok(OnceRun { id: RunId(id), asked_before: true });
            }
        }
    }
}
