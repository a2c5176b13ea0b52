//! Spreading a task over a list: one instance for each element.

use serde_json::Value;

use super::{ClaimedTask, announce_work, settle_run};
use crate::{Store, StoreError};

impl Store {
    /// Makes an instance of a map task for each of `items`, and leaves it to wait for them; with no
    /// item it has succeeded. `false` when this attempt is no longer the one that counts.
    ///
    /// Instances of an earlier attempt are taken up again: they keep their log and their number.
    pub async fn spread_task(&self, task: &ClaimedTask, items: &[Value]) -> Result<bool, StoreError> {
        let failed = || StoreError::from_sqlx("spreading a task");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        sqlx::query("select from mg.run where id = $1 for update")
            .bind(task.run.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        let spread = sqlx::query(
            "with spread as (
                update mg.task set state = 'mapped', worker_id = null, progress_total = $3, progress_done = 0
                where id = $1 and attempt = $2 and state = 'running' returning id, attempt
             )
             update mg.task_attempt a set finished_at = now(), outcome = 'mapped'
             from spread where a.task_id = spread.id and a.attempt = spread.attempt",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .bind(i64::try_from(items.len()).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        if spread.rows_affected() == 0 {
            return Ok(false);
        }
        for statement in [
            "insert into mg.task as t (run_id, name, job, input, state, ready_at, rule, max_attempts, retries, backoff,
                                       timeout_ms, pool, priority, writes, parent_id, map_index, item, map_width)
             select m.run_id, format('%s[%s]', m.name, given.place - 1), m.job, m.input, 'ready', now(), 'all_done',
                    m.max_attempts, m.retries, m.backoff, m.timeout_ms, m.pool, m.priority, m.writes, m.id,
                    given.place - 1, given.item, m.map_width
             from mg.task m, jsonb_array_elements($2) with ordinality as given (item, place)
             where m.id = $1
             on conflict (parent_id, map_index) do update
             set item = excluded.item, state = 'ready', ready_at = now(), failures = 0, losses = 0, worker_id = null,
                 finished_at = null, output = null, metrics = null, error_code = null, error = null,
                 skipped_because = null",
            "delete from mg.task where parent_id = $1 and map_index >= jsonb_array_length($2)",
        ] {
            sqlx::query(statement)
                .bind(task.id.0)
                .bind(Value::Array(items.to_vec()))
                .execute(&mut *transaction)
                .await
                .map_err(failed())?;
        }
        settle_run(&mut transaction, task.run.0).await?;
        announce_work(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(true)
    }
}
