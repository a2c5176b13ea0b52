//! Taking instants that are due: the run, what it left out and what is next, in one transaction.
//!
//! Any number of processes may look at the same time. A schedule is held while one of them takes its
//! instants, and the others pass it over; the index over schedule and instant is the wall behind.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use super::history::note_skip;
use super::{NewSkip, NextInstant, ScheduleId, StoredSchedule};
use crate::run::{NewRun, insert};
use crate::{Store, StoreError};

/// A schedule that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct DueSchedule {
    /// The schedule; it has a next instant.
    pub schedule: StoredSchedule,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// Runs that the schedule made and that have not ended, oldest first.
    pub open: Vec<RunId>,
}

/// What is done about a schedule that is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Its instants are taken.
    Take(Taking),
    /// Nothing, until these runs were cancelled.
    CancelFirst(Vec<RunId>),
    /// Nothing: it is left for a process that can read it.
    Leave,
}

/// Instants that are taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taking {
    /// Runs to be made, each of an instant of the schedule.
    pub runs: Vec<NewRun>,
    /// Instants that get no run.
    pub skips: Vec<NewSkip>,
    /// The last instant that is taken or left out.
    pub last: Option<DateTime<Utc>>,
    /// The instant that is next.
    pub next: Option<NextInstant>,
}

/// What became of a schedule that was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// These runs were made; an instant that had one got no other.
    Runs(Vec<RunId>),
    /// Nothing yet: these runs are to be cancelled first.
    CancelFirst(Vec<RunId>),
    /// It was left.
    Left(ScheduleId),
}

impl Store {
    /// Takes what is due of one schedule of the `dags`, none of those `passed_over`. `None` when none
    /// is due, or others hold all that are. `decide` is given the schedule and says what is done.
    pub async fn take_due_schedule(
        &self,
        dags: &[String],
        passed_over: &[ScheduleId],
        decide: impl FnOnce(&DueSchedule) -> Decision,
    ) -> Result<Option<Taken>, StoreError> {
        let failed = || StoreError::from_sqlx("taking what is due");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let Some(due) = next_due(&mut transaction, dags, passed_over).await? else {
            return Ok(None);
        };
        let taken = match decide(&due) {
            Decision::Leave => Taken::Left(due.schedule.id()),
            Decision::CancelFirst(runs) => Taken::CancelFirst(runs),
            Decision::Take(taking) => {
                let made = take(&mut transaction, due.schedule.id(), &taking).await?;
                transaction.commit().await.map_err(failed())?;
                return Ok(Some(Taken::Runs(made)));
            }
        };
        // At once, and not when the connection is used next: until then nobody else can take it.
        transaction.rollback().await.map_err(failed())?;
        Ok(Some(taken))
    }
}

async fn next_due(
    transaction: &mut Transaction<'static, Postgres>,
    dags: &[String],
    passed_over: &[ScheduleId],
) -> Result<Option<DueSchedule>, StoreError> {
    let failed = || StoreError::from_sqlx("looking for what is due");
    let schedule: Option<StoredSchedule> = sqlx::query_as(
        "select s.* from mg.schedule s
         where s.next_at <= now() and s.paused_at is null and s.dag = any ($1) and s.id <> all ($2)
           and not exists (select from mg.dag d where d.name = s.dag and d.paused_at is not null)
         order by s.next_at, s.id limit 1 for no key update of s skip locked",
    )
    .bind(dags)
    .bind(passed_over.iter().map(|id| id.0).collect::<Vec<i64>>())
    .fetch_optional(&mut **transaction)
    .await
    .map_err(failed())?;
    let Some(schedule) = schedule else {
        return Ok(None);
    };
    // Asked after the schedule is held, so the runs of whoever held it before are seen.
    let open: Vec<i64> = sqlx::query_scalar(
        "select id from mg.run where schedule_id = $1 and cause = 'schedule' and finished_at is null order by id",
    )
    .bind(schedule.id)
    .fetch_all(&mut **transaction)
    .await
    .map_err(failed())?;
    let now = super::write::now(transaction).await?;
    Ok(Some(DueSchedule { schedule, now, open: open.into_iter().map(RunId).collect() }))
}

async fn take(
    transaction: &mut Transaction<'static, Postgres>,
    schedule: ScheduleId,
    taking: &Taking,
) -> Result<Vec<RunId>, StoreError> {
    let mut made = Vec::new();
    for run in &taking.runs {
        made.extend(insert(transaction, run, None).await?);
    }
    for skip in &taking.skips {
        note_skip(transaction, schedule, skip).await?;
    }
    sqlx::query(
        "update mg.schedule
         set last_instant = coalesce($2, last_instant), next_instant = $3, next_at = $4 where id = $1",
    )
    .bind(schedule.0)
    .bind(taking.last)
    .bind(taking.next.map(|next| next.instant))
    .bind(taking.next.map(|next| next.at))
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("noting what a schedule does next"))?;
    Ok(made)
}
