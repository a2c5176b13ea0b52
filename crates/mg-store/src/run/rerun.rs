//! Doing a run, or a part of it, once more.

use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use crate::task::{announce_taken, log_line, settle_run};
use crate::{Store, StoreError};

/// What of a run is done once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rerun {
    /// All of it.
    All,
    /// What failed, was cancelled or lost its worker, and what was to follow it.
    Failed,
    /// One task, and all that follows it. An instance of a map is named `name[3]`.
    Task(String),
}

/// What a change to a run touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// The tasks of these names; the run goes on.
    Tasks(Vec<String>),
    /// None: nothing of the kind asked for is there.
    Nothing,
    /// There is no such run.
    UnknownRun,
    /// The run has no such task.
    UnknownTask,
    /// The run waits for another to end, and has not begun.
    Waiting,
}

/// A run that is held by a transaction, and how it stood.
pub(super) enum Held {
    Yes,
    Waiting,
    Unknown,
}

impl Store {
    /// Clears tasks of a run, so that they are done once more. What of them is running is taken from
    /// its worker, and whatever that still reports changes nothing.
    pub async fn rerun(&self, id: RunId, what: &Rerun, principal: &str) -> Result<Touched, StoreError> {
        let failed = || StoreError::from_sqlx("doing a run once more");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        match hold(&mut transaction, id).await? {
            Held::Unknown => return Ok(Touched::UnknownRun),
            Held::Waiting => return Ok(Touched::Waiting),
            Held::Yes => {}
        }
        let chosen = choose(&mut transaction, id, what).await?;
        if chosen.is_empty() {
            return Ok(match what {
                Rerun::Task(_) => Touched::UnknownTask,
                Rerun::All | Rerun::Failed => Touched::Nothing,
            });
        }
        let ids: Vec<i64> = chosen.iter().map(|(id, _)| *id).collect();
        for id in &ids {
            log_line(&mut transaction, *id, "info", &format!("cleared by {principal}, to be done once more"))
                .await?;
        }
        clear(&mut transaction, &ids).await?;
        reopen(&mut transaction, id).await?;
        settle_run(&mut transaction, id.0).await?;
        announce_taken(&mut transaction).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(Touched::Tasks(chosen.into_iter().map(|(_, name)| name).collect()))
    }
}

/// Holds a run, so that no task of it ends meanwhile.
pub(super) async fn hold(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
) -> Result<Held, StoreError> {
    let state: Option<String> = sqlx::query_scalar("select state from mg.run where id = $1 for update")
        .bind(id.0)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("holding a run"))?;
    Ok(match state.as_deref() {
        None => Held::Unknown,
        Some("waiting") => Held::Waiting,
        Some(_) => Held::Yes,
    })
}

/// The tasks to clear: those asked for and all that follows them.
async fn choose(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
    what: &Rerun,
) -> Result<Vec<(i64, String)>, StoreError> {
    let (which, name) = match what {
        Rerun::All => ("t.parent_id is null", None),
        Rerun::Failed => {
            ("t.state in ('failed', 'cancelled') or t.skipped_because = 'upstream_failed'", None)
        }
        Rerun::Task(name) => ("t.name = $2", Some(name)),
    };
    let statement = format!(
        "with recursive chosen as (
            select t.id from mg.task t where t.run_id = $1 and ({which}) and ($2::text is null or t.name = $2)
            union
            select follower.id from chosen
            join mg.task c on c.id = chosen.id
            cross join lateral (
                -- What waits for a task, and the map that an instance belongs to.
                select d.task_id as id from mg.task_dependency d where d.depends_on = c.id
                union all select c.parent_id where c.parent_id is not null
            ) follower
         )
         select t.id, t.name from chosen join mg.task t on t.id = chosen.id order by t.id for update of t"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(id.0)
        .bind(name)
        .fetch_all(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("choosing tasks of a run"))
}

/// Sets tasks back to where they have not been done. A map of which instances alone are chosen
/// keeps the others and waits for these.
pub(super) async fn clear(
    transaction: &mut Transaction<'static, Postgres>,
    ids: &[i64],
) -> Result<(), StoreError> {
    for statement in [
        // A map that is spread anew leaves its instances behind: what was done of them is kept in
        // their attempts and logs, and counts no more.
        "with left_behind as (
            update mg.task t
            set state = 'skipped', skipped_because = 'not_chosen', finished_at = coalesce(finished_at, now()),
                worker_id = null
            where t.parent_id = any ($1) and not t.id = any ($1)
              and not exists (select from mg.task c where c.parent_id = t.parent_id and c.id = any ($1))
            returning t.id, t.attempt
         )
         update mg.task_attempt a set finished_at = now(), outcome = 'cleared'
         from left_behind l where a.task_id = l.id and a.attempt = l.attempt and a.outcome is null",
        "update mg.task_attempt a set finished_at = now(), outcome = 'cleared'
         from mg.task t
         where t.id = any ($1) and a.task_id = t.id and a.attempt = t.attempt and a.outcome is null",
        "update mg.task t
         set state = case when t.parent_id is not null then 'ready'
                          when t.kind = 'map' and exists (
                              select from mg.task c where c.parent_id = t.id and c.id = any ($1)) then 'mapped'
                          else 'blocked' end,
             ready_at = case when t.parent_id is not null then now() end,
             worker_id = null, started_at = null, finished_at = null, failures = 0, losses = 0, output = null,
             metrics = null, error_code = null, error = null, skipped_because = null,
             progress_done = null, progress_total = null
         where t.id = any ($1)",
    ] {
        sqlx::query(statement)
            .bind(ids)
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::from_sqlx("clearing tasks"))?;
    }
    Ok(())
}

/// Lets a run that ended go on.
pub(super) async fn reopen(
    transaction: &mut Transaction<'static, Postgres>,
    id: RunId,
) -> Result<(), StoreError> {
    // What asked for the run once at a time has had its answer; another may have asked since.
    sqlx::query(
        "update mg.run set state = 'running', finished_at = null, cancelled_by = null, launch_key = null,
                           deadline_at = now() + make_interval(secs => deadline_ms / 1000.0), deadline_missed_at = null
         where id = $1 and finished_at is not null",
    )
    .bind(id.0)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("reopening a run"))
}
