//! Letting a run that waits begin.

use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use crate::task::settle_run;
use crate::{Store, StoreError};

impl Store {
    /// Lets a waiting run begin. `false` when it does not wait: it has begun, or was cancelled.
    pub async fn release_run(&self, id: RunId) -> Result<bool, StoreError> {
        let failed = || StoreError::from_sqlx("releasing a run");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let released = release(&mut transaction, id).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(released)
    }
}

/// As [`Store::release_run`], within whoever's transaction.
pub(crate) async fn release(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
) -> Result<bool, StoreError> {
    let released = sqlx::query(
        "update mg.run set state = 'queued', deadline_at = now() + make_interval(secs => deadline_ms / 1000.0)
         where id = $1 and state = 'waiting'",
    )
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("releasing a run"))?;
    if released.rows_affected() == 0 {
        return Ok(false);
    }
    settle_run(transaction, id.0).await?;
    Ok(true)
}
