//! Runs of a schedule that wait for each other: the next begins when the one before has ended.

use mg_core::RunId;

use super::ScheduleId;
use crate::{Store, StoreError};

impl Store {
    /// Lets the oldest waiting run of each schedule begin whose other runs have ended. A schedule or
    /// DAG that is paused keeps its runs waiting.
    pub async fn release_queued_runs(&self) -> Result<Vec<RunId>, StoreError> {
        let schedules: Vec<i64> = sqlx::query_scalar(
            "select distinct waiting.schedule_id from mg.run waiting
             where waiting.state = 'waiting' and waiting.cause = 'schedule' and not exists (
                 select from mg.run r where r.schedule_id = waiting.schedule_id and r.cause = 'schedule'
                   and r.finished_at is null and r.state <> 'waiting')",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking for runs that wait"))?;
        let mut released = Vec::new();
        for schedule in schedules {
            released.extend(self.release_queued_run(ScheduleId(schedule)).await?);
        }
        Ok(released)
    }

    async fn release_queued_run(&self, schedule: ScheduleId) -> Result<Option<RunId>, StoreError> {
        let failed = || StoreError::from_sqlx("releasing a run");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let held = sqlx::query(
            "select from mg.schedule s
             where s.id = $1 and s.paused_at is null
               and not exists (select from mg.dag d where d.name = s.dag and d.paused_at is not null)
             for no key update of s skip locked",
        )
        .bind(schedule.0)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        if held.is_none() {
            return Ok(None);
        }
        // Asked anew now that it is held: whoever held it before may have released one.
        let oldest: Option<i64> = sqlx::query_scalar(
            "select id from mg.run waiting
             where schedule_id = $1 and cause = 'schedule' and state = 'waiting' and not exists (
                 select from mg.run r where r.schedule_id = $1 and r.cause = 'schedule'
                   and r.finished_at is null and r.state <> 'waiting')
             order by instant limit 1",
        )
        .bind(schedule.0)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        let Some(oldest) = oldest.map(RunId) else {
            transaction.rollback().await.map_err(failed())?;
            return Ok(None);
        };
        let released = crate::run::release(&mut transaction, oldest).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(released.then_some(oldest))
    }
}
