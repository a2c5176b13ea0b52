//! Backfills: instants of a range that are made up for, some runs at a time.
//!
//! All runs are made with the backfill, waiting; as many as its width begin at once, and each end
//! lets another begin. So what is left to do is what waits, whatever happens to the processes.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, Transaction};

use crate::run::{NewRun, insert, release};
use crate::schedule::ScheduleId;
use crate::{Store, StoreError};

/// A backfill's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackfillId(pub i64);

impl std::fmt::Display for BackfillId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A backfill to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBackfill {
    /// The schedule whose instants are made up for.
    pub schedule: ScheduleId,
    /// The first instant.
    pub first: DateTime<Utc>,
    /// The last instant.
    pub last: DateTime<Utc>,
    /// How many runs are open at a time, at least one.
    pub width: u32,
    /// Who asks for it.
    pub made_by: String,
}

/// A backfill as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Backfill {
    /// Its number.
    pub id: i64,
    /// The schedule whose instants are made up for.
    pub schedule_id: i64,
    /// The first instant.
    pub first_instant: DateTime<Utc>,
    /// The last instant.
    pub last_instant: DateTime<Utc>,
    /// How many runs are open at a time.
    pub width: i32,
    /// Who asked for it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Who ended it before its time.
    pub cancelled_by: Option<String>,
    /// Its runs that wait.
    pub waiting: i64,
    /// Its runs that have begun and not ended.
    pub open: i64,
    /// Its runs that succeeded.
    pub succeeded: i64,
    /// Its runs that failed or were cancelled.
    pub failed: i64,
}

/// A run that an instant has.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InstantRun {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// The run.
    pub run_id: i64,
    /// Its state.
    pub state: String,
}

const BACKFILLS: &str = "
    select b.id, b.schedule_id, b.first_instant, b.last_instant, b.width, b.made_by, b.made_at, b.cancelled_by,
           count(*) filter (where r.state = 'waiting') as waiting,
           count(*) filter (where r.state in ('queued', 'running')) as open,
           count(*) filter (where r.state = 'succeeded') as succeeded,
           count(*) filter (where r.state in ('failed', 'cancelled')) as failed
    from mg.backfill b left join mg.run r on r.backfill_id = b.id";

impl Store {
    /// The runs that instants of a schedule from `first` to `last` have.
    pub async fn runs_of_instants(
        &self,
        schedule: ScheduleId,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<Vec<InstantRun>, StoreError> {
        sqlx::query_as(
            "select instant, id as run_id, state from mg.run
             where schedule_id = $1 and instant between $2 and $3 order by instant",
        )
        .bind(schedule.0)
        .bind(first)
        .bind(last)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking for runs of a schedule"))
    }

    /// Makes a backfill of the runs that `plan` makes for its number, in that order. An instant that
    /// has a run gets no other.
    pub async fn add_backfill(
        &self,
        new: &NewBackfill,
        plan: impl FnOnce(BackfillId) -> Vec<NewRun>,
    ) -> Result<BackfillId, StoreError> {
        let failed = || StoreError::from_sqlx("making a backfill");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let id: i64 = sqlx::query_scalar(
            "insert into mg.backfill (schedule_id, first_instant, last_instant, width, made_by)
             values ($1, $2, $3, $4, $5) returning id",
        )
        .bind(new.schedule.0)
        .bind(new.first)
        .bind(new.last)
        .bind(i32::try_from(new.width).unwrap_or(i32::MAX))
        .bind(&new.made_by)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed())?;
        for run in plan(BackfillId(id)) {
            insert(&mut transaction, &NewRun { waits: true, ..run }, None).await?;
        }
        fill(&mut transaction, id).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(BackfillId(id))
    }

    /// Lets waiting runs of backfills begin where others have ended, and ends those of backfills that
    /// were cancelled. A DAG that is paused keeps its runs waiting.
    pub async fn advance_backfills(&self) -> Result<Vec<RunId>, StoreError> {
        let failed = || StoreError::from_sqlx("releasing runs of backfills");
        let cancelled: Vec<(i64, String)> = sqlx::query_as(
            "select r.id, b.cancelled_by from mg.backfill b join mg.run r on r.backfill_id = b.id
             where b.cancelled_at is not null and r.finished_at is null order by r.id",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(failed())?;
        for (run, by) in cancelled {
            self.cancel_run(RunId(run), &by).await?;
        }
        let waiting: Vec<i64> = sqlx::query_scalar(
            "select distinct backfill_id from mg.run where state = 'waiting' and backfill_id is not null",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(failed())?;
        let mut released = Vec::new();
        for backfill in waiting {
            let mut transaction = self.writer.begin().await.map_err(failed())?;
            released.extend(fill(&mut transaction, backfill).await?);
            transaction.commit().await.map_err(failed())?;
        }
        Ok(released)
    }

    /// Ends a backfill before its time, with all its runs that have not ended, in the name of
    /// `principal`. `false` when there is none of that number, or it was cancelled before.
    pub async fn cancel_backfill(&self, id: BackfillId, principal: &str) -> Result<bool, StoreError> {
        let cancelled = sqlx::query(
            "update mg.backfill set cancelled_by = $2, cancelled_at = now() where id = $1 and cancelled_at is null",
        )
        .bind(id.0)
        .bind(principal)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("cancelling a backfill"))?;
        if cancelled.rows_affected() == 0 {
            return Ok(false);
        }
        // Should this process end here, whoever looks at backfills next does the rest.
        self.advance_backfills().await?;
        Ok(true)
    }

    /// The backfill of that number.
    pub async fn backfill(&self, id: BackfillId) -> Result<Option<Backfill>, StoreError> {
        let statement = format!("{BACKFILLS} where b.id = $1 group by b.id");
        sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(id.0)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a backfill"))
    }

    /// The latest backfills, newest first.
    pub async fn latest_backfills(&self, limit: i64) -> Result<Vec<Backfill>, StoreError> {
        let statement = format!("{BACKFILLS} group by b.id order by b.id desc limit $1");
        sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(limit)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing backfills"))
    }
}

/// Lets as many runs of a backfill begin as its width has room for.
async fn fill(
    transaction: &mut Transaction<'static, Postgres>,
    backfill: i64,
) -> Result<Vec<RunId>, StoreError> {
    let failed = || StoreError::from_sqlx("releasing runs of a backfill");
    let held = sqlx::query(
        "select from mg.backfill b join mg.schedule s on s.id = b.schedule_id
         where b.id = $1 and b.cancelled_at is null
           and not exists (select from mg.dag d where d.name = s.dag and d.paused_at is not null)
         for no key update of b skip locked",
    )
    .bind(backfill)
    .fetch_optional(&mut **transaction)
    .await
    .map_err(failed())?;
    if held.is_none() {
        return Ok(Vec::new());
    }
    // Asked anew now that it is held: whoever held it before may have filled it.
    let next: Vec<i64> = sqlx::query_scalar(
        "select id from mg.run where backfill_id = $1 and state = 'waiting' order by id
         limit (select greatest(b.width - count(r.id), 0) from mg.backfill b
                left join mg.run r on r.backfill_id = b.id and r.state in ('queued', 'running')
                where b.id = $1 group by b.id)",
    )
    .bind(backfill)
    .fetch_all(&mut **transaction)
    .await
    .map_err(failed())?;
    let mut released = Vec::new();
    for run in next.into_iter().map(RunId) {
        if release(transaction, run).await? {
            released.push(run);
        }
    }
    Ok(released)
}
