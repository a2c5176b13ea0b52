//! Writing a new run, within whoever's transaction.

use mg_core::RunId;
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};

use super::{NewRun, NewTask, TaskKind};
use crate::StoreError;

/// Makes a run and its tasks. `None` when there is one already: of the same instant of the same
/// schedule, or one under the same `key` that has not ended.
pub(crate) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    run: &NewRun,
    key: Option<&str>,
) -> Result<Option<RunId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into mg.run (dag, parameters, state, requested_by, requested_through, launch_key, definition_hash,
                             cause, schedule_id, backfill_id, instant, priority, deadline_ms, deadline_at)
         values ($1, $2, case when $3 then 'waiting' else 'queued' end, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                 $13, case when not $3 then now() + make_interval(secs => $13 / 1000.0) end)
         on conflict do nothing returning id",
    )
    .bind(&run.dag)
    .bind(&run.parameters)
    .bind(run.waits)
    .bind(&run.requested_by)
    .bind(run.requested_through)
    .bind(key)
    .bind(&run.definition_hash)
    .bind(run.cause.as_str())
    .bind(run.cause.schedule())
    .bind(run.cause.backfill())
    .bind(run.cause.instant())
    .bind(run.priority)
    .bind(run.deadline.map(|deadline| i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX)))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("making a run"))?;
    let Some(id) = id.map(RunId) else {
        return Ok(None);
    };
    insert_tasks(transaction, id, run).await?;
    if !run.waits {
        crate::task::settle_run(transaction, id.0).await?;
    }
    Ok(Some(id))
}

/// All tasks in one statement, and what each waits for in another, however many there are.
async fn insert_tasks(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
    run: &NewRun,
) -> Result<(), StoreError> {
    let tasks: Vec<Value> = run.tasks.iter().map(row).collect();
    let ids: Vec<i64> = sqlx::query_scalar(
        "insert into mg.task (run_id, name, job, input, state, kind, rule, max_attempts, retries, backoff, timeout_ms,
                              pool, priority, map_over, map_width, writes)
         select $1, t.name, t.job, coalesce(t.input, 'null'), 'blocked', t.kind, t.rule, t.max_attempts, t.retries, t.backoff,
                t.timeout_ms, t.pool, t.priority + $3, t.map_over, t.map_width,
                array(select jsonb_array_elements_text(t.writes))
         from jsonb_array_elements($2) with ordinality as given (task, place),
              jsonb_to_record(given.task) as t (name text, job text, input jsonb, kind text, rule text,
                  max_attempts int, retries int, backoff jsonb, timeout_ms bigint, pool text, priority int,
                  map_over jsonb, map_width int, writes jsonb)
         order by given.place returning id",
    )
    .bind(id.0)
    .bind(Value::Array(tasks))
    .bind(run.priority)
    .fetch_all(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("making a run's tasks"))?;
    let edges = || {
        run.tasks
            .iter()
            .zip(&ids)
            .flat_map(|(task, id)| task.after.iter().map(move |dependency| (*id, dependency)))
    };
    sqlx::query(
        "insert into mg.task_dependency (task_id, depends_on, branch)
         select * from unnest($1::bigint[], $2::bigint[], $3::text[])",
    )
    .bind(edges().map(|(id, _)| id).collect::<Vec<i64>>())
    .bind(edges().map(|(_, dependency)| ids[dependency.place]).collect::<Vec<i64>>())
    .bind(edges().map(|(_, dependency)| dependency.branch.clone()).collect::<Vec<Option<String>>>())
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("making a run's tasks"))
}

fn row(task: &NewTask) -> Value {
    let (kind, over, width) = match &task.kind {
        TaskKind::Job => ("job", None, None),
        TaskKind::Branch => ("branch", None, None),
        TaskKind::Map { over, width } => ("map", Some(over), *width),
    };
    json!({
        "name": task.name,
        "job": task.job,
        "input": task.input,
        "kind": kind,
        "rule": task.rule.as_str(),
        "max_attempts": task.max_attempts,
        "retries": task.retries,
        "backoff": task.backoff,
        "timeout_ms": task.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
        "pool": task.pool,
        "priority": task.priority,
        "map_over": over,
        "map_width": width,
        "writes": task.writes,
    })
}
