//! Ending a run before its time.

use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use crate::task::announce_taken;
use crate::{Store, StoreError};

/// What cancelling a run found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// The run had not ended; it has now.
    Now,
    /// The run had ended before, in whatever way, and is as it was.
    EndedBefore,
    /// There is no such run.
    Unknown,
}

impl Store {
    /// Ends a run that has not ended, with all its tasks, in the name of `principal`.
    ///
    /// What a worker is executing then is no longer its to end: it learns so from
    /// [`Store::lost_tasks`], and whatever it still reports changes nothing.
    pub async fn cancel_run(&self, id: RunId, principal: &str) -> Result<Cancelled, StoreError> {
        let failed = || StoreError::from_sqlx("cancelling a run");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let ended: Option<bool> =
            sqlx::query_scalar("select finished_at is not null from mg.run where id = $1 for update")
                .bind(id.0)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed())?;
        let Some(ended) = ended else {
            return Ok(Cancelled::Unknown);
        };
        if !ended {
            sqlx::query(
                "update mg.run set state = 'cancelled', cancelled_by = $2, finished_at = now() where id = $1",
            )
            .bind(id.0)
            .bind(principal)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
            end_tasks(&mut transaction, id, principal).await?;
            announce_taken(&mut transaction).await?;
        }
        transaction.commit().await.map_err(failed())?;
        Ok(if ended { Cancelled::EndedBefore } else { Cancelled::Now })
    }
}

/// Ends what of a run is open. The run is held, which whoever claims a task of it does not wait for.
async fn end_tasks(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
    principal: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "with open as (
            select id, state from mg.task
            where run_id = $1 and finished_at is null order by id for update
         ), ended as (
            update mg.task t set state = 'cancelled', finished_at = now(), worker_id = null
            from open where t.id = open.id returning t.id, t.attempt, open.state
         ), noted as (
            update mg.task_attempt a set finished_at = now(), outcome = 'cancelled'
            from ended where a.task_id = ended.id and a.attempt = ended.attempt and ended.state = 'running'
         )
         insert into mg.task_log (task_id, attempt, level, message)
         select id, attempt, 'warn', 'cancelled by ' || $2 from ended where state = 'running'",
    )
    .bind(id.0)
    .bind(principal)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("cancelling a run's tasks"))
}
