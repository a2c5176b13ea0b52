//! Ending one task of a run by hand.

use mg_core::RunId;

use super::Touched;
use super::rerun::{Held, clear, hold, reopen};
use crate::task::{announce_taken, log_line, settle_run};
use crate::{Store, StoreError};

/// How a task is ended by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It counts as done well: what waits for it can begin. It has no output.
    Succeeded,
    /// It counts as failed.
    Failed,
    /// It is ended before its time, and counts as failed for what waits for it.
    Cancelled,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Mark::Succeeded => "succeeded",
            Mark::Failed => "failed",
            Mark::Cancelled => "cancelled",
        }
    }

    /// Tasks in these states are left as they are.
    fn untouched(self) -> &'static [&'static str] {
        match self {
            Mark::Succeeded => &["succeeded"],
            Mark::Failed => &["failed"],
            Mark::Cancelled => &["succeeded", "failed", "skipped", "cancelled"],
        }
    }
}

impl Store {
    /// Ends a task by hand, whether it runs, waits or has ended; what was skipped because of how it
    /// had ended is decided anew. What runs is taken from its worker. [`Touched::Nothing`] when the
    /// task stands so already, or has ended and was to be cancelled.
    pub async fn mark_task(
        &self,
        id: RunId,
        name: &str,
        mark: Mark,
        principal: &str,
    ) -> Result<Touched, StoreError> {
        let failed = || StoreError::from_sqlx("marking a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        match hold(&mut transaction, id).await? {
            Held::Unknown => return Ok(Touched::UnknownRun),
            Held::Waiting => return Ok(Touched::Waiting),
            Held::Yes => {}
        }
        let task: Option<(i64, String, Option<i64>)> = sqlx::query_as(
            "select id, state, parent_id from mg.task where run_id = $1 and name = $2 for update",
        )
        .bind(id.0)
        .bind(name)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        let Some((task, state, map)) = task else {
            return Ok(Touched::UnknownTask);
        };
        if mark.untouched().contains(&state.as_str()) {
            return Ok(Touched::Nothing);
        }
        for statement in [
            "update mg.task_attempt a set finished_at = now(), outcome = 'marked'
             from mg.task t
             where (t.id = $1 or t.parent_id = $1) and a.task_id = t.id and a.attempt = t.attempt and a.outcome is null",
            // A map takes its instances with it.
            "update mg.task set state = 'cancelled', finished_at = now(), worker_id = null
             where parent_id = $1 and finished_at is null",
        ] {
            sqlx::query(statement).bind(task).execute(&mut *transaction).await.map_err(failed())?;
        }
        sqlx::query(
            "update mg.task
             set state = $2, finished_at = now(), worker_id = null, skipped_because = null, output = null,
                 error_code = case when $2 = 'succeeded' then null else $2 || '_by_hand' end,
                 error = case when $2 = 'succeeded' then null else 'marked as ' || $2 || ' by ' || $3 end
             where id = $1",
        )
        .bind(task)
        .bind(mark.as_str())
        .bind(principal)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        log_line(&mut transaction, task, "warn", &format!("marked as {} by {principal}", mark.as_str()))
            .await?;
        // What follows was decided by how the task stood before.
        let skipped: Vec<i64> = sqlx::query_scalar(
            "with recursive follower as (
                select d.task_id as id from mg.task_dependency d where d.depends_on = any ($1)
                union
                select d.task_id from mg.task_dependency d join follower f on d.depends_on = f.id
             )
             select t.id from follower f join mg.task t on t.id = f.id where t.state = 'skipped' order by t.id for update of t",
        )
        .bind(vec![map.unwrap_or(task)])
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed())?;
        clear(&mut transaction, &skipped).await?;
        if let Some(map) = map {
            sqlx::query(
                "update mg.task set state = 'mapped', finished_at = null, error_code = null, error = null
                 where id = $1 and finished_at is not null and state <> 'skipped'",
            )
            .bind(map)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        }
        reopen(&mut transaction, id).await?;
        settle_run(&mut transaction, id.0).await?;
        announce_taken(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(Touched::Tasks(vec![name.to_owned()]))
    }
}
