//! Whether there is anything to do: one query, asked as long as there is nothing.

use std::time::Duration;

use crate::trigger::IS_STALE;
use crate::{Store, StoreError};

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Whether a schedule is due.
    pub is_due: bool,
    /// Whether runs wait for others' end, or are to be cancelled with their backfill.
    pub is_waiting: bool,
    /// DAGs whose tables have changed since they last started.
    pub stale: Vec<String>,
    /// How long it is until the next instant is due; `None` when none is left.
    pub next_in: Option<Duration>,
}

impl Store {
    /// What there is to do for the schedules, data triggers and backfills of `dags`.
    pub async fn pulse(&self, dags: &[String]) -> Result<Pulse, StoreError> {
        let statement = format!(
            "with live as (
                select s.next_at from mg.schedule s
                where s.next_at is not null and s.paused_at is null and s.dag = any ($1)
                  and not exists (select from mg.dag d where d.name = s.dag and d.paused_at is not null)
             )
             select coalesce(min(next_at) <= now(), false),
                    exists (select from mg.run where state = 'waiting')
                        or exists (select from mg.backfill b join mg.run r on r.backfill_id = b.id
                                   where b.cancelled_at is not null and r.finished_at is null),
                    array(select t.dag from mg.data_trigger t where t.dag = any ($1) and {IS_STALE}),
                    extract(epoch from min(next_at) - now())::float8
             from live"
        );
        let (is_due, is_waiting, stale, seconds): (bool, bool, Vec<String>, Option<f64>) =
            sqlx::query_as(sqlx::AssertSqlSafe(statement))
                .bind(dags)
                .fetch_one(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("looking for what is due"))?;
        let next_in =
            seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
        Ok(Pulse { is_due, is_waiting, stale, next_in })
    }
}
