//! Making, changing, pausing and removing schedules.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Postgres, Transaction};

use super::history::{note_change, note_skip};
use super::{NewSkip, NextInstant, ScheduleId, StoredSchedule};
use crate::{Store, StoreError};

/// Who is named where a DAG's code says something.
const CODE: &str = "code";

/// A schedule that somebody makes at run time.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    /// Its name.
    pub name: String,
    /// The DAG that it runs.
    pub dag: String,
    /// The timetable.
    pub definition: Value,
    /// What its runs are asked to do.
    pub parameters: Value,
    /// Who makes it.
    pub made_by: String,
}

/// What a schedule says from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// The timetable.
    pub definition: Value,
    /// What its runs are asked to do.
    pub parameters: Value,
    /// The instant that is next.
    pub next: Option<NextInstant>,
    /// Instants that what it said before has missed.
    pub missed: Option<NewSkip>,
}

/// Why a schedule stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleRefused {
    /// The name is taken.
    #[error("there is a schedule named {0} already")]
    NameTaken(String),
    /// There is no such schedule, or it was removed.
    #[error("there is no schedule {0}")]
    Unknown(ScheduleId),
    /// It is the DAG's own.
    #[error(
        "schedule {0} is the one that its DAG's code gives: it can be paused, and is changed in the code"
    )]
    OfCode(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Makes a schedule. `next` is told the time and gives the instant that is next.
    pub async fn add_schedule(
        &self,
        new: &NewSchedule,
        next: impl FnOnce(DateTime<Utc>) -> Option<NextInstant>,
    ) -> Result<StoredSchedule, ScheduleRefused> {
        let failed = || StoreError::from_sqlx("making a schedule");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let now = now(&mut transaction).await?;
        let is_of_code: bool = sqlx::query_scalar(
            "select exists (select from mg.schedule where name = $1 and origin = 'code' and removed_at is null)",
        )
        .bind(&new.name)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed())?;
        let made =
            if is_of_code { None } else { insert(&mut transaction, new, "request", next(now)).await? };
        let Some(made) = made else {
            return Err(ScheduleRefused::NameTaken(new.name.clone()));
        };
        transaction.commit().await.map_err(failed())?;
        Ok(made)
    }

    /// Lets a DAG's schedule say what its code says. `revise` is told what it says now, if there is
    /// one, and the time; `None` leaves it.
    pub async fn sync_schedule(
        &self,
        dag: &str,
        revise: impl Fn(Option<&StoredSchedule>, DateTime<Utc>) -> Option<Revision>,
    ) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("bringing a schedule up to its DAG");
        loop {
            let mut transaction = self.writer.begin().await.map_err(failed())?;
            let now = now(&mut transaction).await?;
            let present = of_code(&mut transaction, dag).await?;
            let Some(revision) = revise(present.as_ref(), now) else {
                return transaction.rollback().await.map_err(failed());
            };
            let is_done = match present {
                Some(present) => rewrite(&mut transaction, &present, &revision, CODE).await.map(|()| true)?,
                None => {
                    let new = NewSchedule {
                        name: dag.to_owned(),
                        dag: dag.to_owned(),
                        definition: revision.definition,
                        parameters: revision.parameters,
                        made_by: CODE.to_owned(),
                    };
                    // Another process may be making it at the same time: then it is looked at anew.
                    insert(&mut transaction, &new, CODE, revision.next).await?.is_some()
                }
            };
            transaction.commit().await.map_err(failed())?;
            if is_done {
                return Ok(());
            }
        }
    }

    /// Removes the schedule of a DAG whose code has none any more.
    pub async fn drop_code_schedule(&self, dag: &str) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("removing a DAG's schedule");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        if let Some(present) = of_code(&mut transaction, dag).await? {
            remove(&mut transaction, &present, CODE).await?;
        }
        transaction.commit().await.map_err(failed())
    }

    /// Lets a schedule that was made by request say something else, in the name of `by`. `revise` is
    /// told what it says now, and the time; `None` leaves it.
    pub async fn change_schedule(
        &self,
        id: ScheduleId,
        by: &str,
        revise: impl FnOnce(&StoredSchedule, DateTime<Utc>) -> Option<Revision>,
    ) -> Result<StoredSchedule, ScheduleRefused> {
        let failed = || StoreError::from_sqlx("changing a schedule");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let now = now(&mut transaction).await?;
        let present = requested(&mut transaction, id).await?;
        if let Some(revision) = revise(&present, now) {
            rewrite(&mut transaction, &present, &revision, by).await?;
        }
        let present = live(&mut transaction, id).await?.ok_or(ScheduleRefused::Unknown(id))?;
        transaction.commit().await.map_err(failed())?;
        Ok(present)
    }

    /// Takes no instant of a schedule until [`Store::resume_schedule`]. `false` when it was paused.
    pub async fn pause_schedule(&self, id: ScheduleId, by: &str) -> Result<bool, ScheduleRefused> {
        self.set_paused(id, by, true).await
    }

    /// Takes instants of a schedule again; those that passed meanwhile were missed, and are treated
    /// so. `false` when it was not paused.
    pub async fn resume_schedule(&self, id: ScheduleId, by: &str) -> Result<bool, ScheduleRefused> {
        self.set_paused(id, by, false).await
    }

    /// Removes a schedule that was made by request. Its runs and its history stay.
    pub async fn remove_schedule(&self, id: ScheduleId, by: &str) -> Result<(), ScheduleRefused> {
        let failed = || StoreError::from_sqlx("removing a schedule");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let present = requested(&mut transaction, id).await?;
        remove(&mut transaction, &present, by).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(())
    }

    async fn set_paused(&self, id: ScheduleId, by: &str, paused: bool) -> Result<bool, ScheduleRefused> {
        let failed = || StoreError::from_sqlx("pausing or resuming a schedule");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let present = live(&mut transaction, id).await?.ok_or(ScheduleRefused::Unknown(id))?;
        if present.paused_at.is_some() == paused {
            transaction.rollback().await.map_err(failed())?;
            return Ok(false);
        }
        sqlx::query(
            "update mg.schedule set paused_by = case when $2 then $3 end, paused_at = case when $2 then now() end
             where id = $1",
        )
        .bind(id.0)
        .bind(paused)
        .bind(by)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        note_change(&mut transaction, &present, if paused { "paused" } else { "resumed" }, by).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(true)
    }
}

/// The database's time, the same throughout a transaction.
pub(crate) async fn now(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<DateTime<Utc>, StoreError> {
    sqlx::query_scalar("select now()")
        .fetch_one(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("reading the clock"))
}

async fn of_code(
    transaction: &mut Transaction<'static, Postgres>,
    dag: &str,
) -> Result<Option<StoredSchedule>, StoreError> {
    sqlx::query_as(
        "select * from mg.schedule where dag = $1 and origin = 'code' and removed_at is null for no key update",
    )
    .bind(dag)
    .fetch_optional(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("reading a DAG's schedule"))
}

/// The schedule, held until the transaction ends, if it was not removed.
pub(crate) async fn live(
    transaction: &mut Transaction<'static, Postgres>,
    id: ScheduleId,
) -> Result<Option<StoredSchedule>, StoreError> {
    sqlx::query_as("select * from mg.schedule where id = $1 and removed_at is null for no key update")
        .bind(id.0)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("reading a schedule"))
}

async fn requested(
    transaction: &mut Transaction<'static, Postgres>,
    id: ScheduleId,
) -> Result<StoredSchedule, ScheduleRefused> {
    let present = live(transaction, id).await?.ok_or(ScheduleRefused::Unknown(id))?;
    if present.origin == CODE { Err(ScheduleRefused::OfCode(present.name)) } else { Ok(present) }
}

/// `None` when the name is taken.
async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    new: &NewSchedule,
    origin: &'static str,
    next: Option<NextInstant>,
) -> Result<Option<StoredSchedule>, StoreError> {
    let made: Option<StoredSchedule> = sqlx::query_as(
        "insert into mg.schedule (name, dag, origin, definition, parameters, made_by, next_instant, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning *",
    )
    .bind(&new.name)
    .bind(&new.dag)
    .bind(origin)
    .bind(&new.definition)
    .bind(&new.parameters)
    .bind(&new.made_by)
    .bind(next.map(|next| next.instant))
    .bind(next.map(|next| next.at))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("making a schedule"))?;
    if let Some(made) = &made {
        note_change(transaction, made, "made", &new.made_by).await?;
    }
    Ok(made)
}

async fn rewrite(
    transaction: &mut Transaction<'static, Postgres>,
    present: &StoredSchedule,
    revision: &Revision,
    by: &str,
) -> Result<(), StoreError> {
    let changed: StoredSchedule = sqlx::query_as(
        "update mg.schedule
         set version = version + 1, definition = $2, parameters = $3, next_instant = $4, next_at = $5
         where id = $1 returning *",
    )
    .bind(present.id)
    .bind(&revision.definition)
    .bind(&revision.parameters)
    .bind(revision.next.map(|next| next.instant))
    .bind(revision.next.map(|next| next.at))
    .fetch_one(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("changing a schedule"))?;
    if let Some(missed) = &revision.missed {
        note_skip(transaction, present.id(), missed).await?;
    }
    note_change(transaction, &changed, "changed", by).await
}

async fn remove(
    transaction: &mut Transaction<'static, Postgres>,
    present: &StoredSchedule,
    by: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update mg.schedule set removed_by = $2, removed_at = now(), next_instant = null, next_at = null
         where id = $1",
    )
    .bind(present.id)
    .bind(by)
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::from_sqlx("removing a schedule"))?;
    note_change(transaction, present, "removed", by).await
}
