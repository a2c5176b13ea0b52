//! Messages: made of what waits, taken by one process at a time, kept until they were sent.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::AlertKind;
use crate::{Store, StoreError};

/// A message that this process has taken, to send it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertMessage {
    /// Its id, the same whenever it is sent again: a UUID.
    pub id: String,
    /// The channel that it goes to.
    pub channel: String,
    /// The DAG that it is about.
    pub dag: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// How often it was taken, this time included: the fence of a failure that is noted late.
    pub attempts: i32,
}

/// Events of a message that are alike: of one kind, task, code and KPI.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertGroup {
    /// What kind of event.
    pub kind: AlertKind,
    /// The task, where it is one; of parts of one that was spread, its name without their numbers.
    pub task: Option<String>,
    /// The KPI, if it is about one.
    pub kpi: Option<String>,
    /// Stable code of what went wrong.
    pub code: Option<String>,
    /// What went wrong, by the last of them.
    pub sentence: Option<String>,
    /// How many events.
    pub count: i64,
    /// The first run.
    pub first_run: Option<i64>,
    /// The last run.
    pub last_run: Option<i64>,
    /// When the first of them happened.
    pub since: DateTime<Utc>,
    /// When the last of them did.
    pub until: DateTime<Utc>,
}

impl Store {
    /// Makes a message of all that waits for one of `channels` and a DAG whose last message is older
    /// than the window, and opens the next window. `false` when there is none to make.
    pub async fn make_alert_message(
        &self,
        channels: &[String],
        window: Duration,
    ) -> Result<bool, StoreError> {
        let made = sqlx::query(
            "with lane as (
                select l.channel, l.dag from mg.alert_lane l
                where l.channel = any ($1) and l.next_at <= now()
                  and exists (select from mg.alert_delivery d
                              where d.channel = l.channel and d.dag = l.dag and d.message_id is null)
                  and not exists (select from mg.alert_message m
                                  where m.channel = l.channel and m.dag = l.dag
                                    and m.sent_at is null and m.given_up_at is null)
                order by l.next_at limit 1 for update skip locked
             ), message as (
                insert into mg.alert_message (channel, dag) select channel, dag from lane
                on conflict do nothing returning id, channel, dag
             ), opened as (
                update mg.alert_lane l set next_at = now() + make_interval(secs => $2)
                from message m where l.channel = m.channel and l.dag = m.dag
             )
             update mg.alert_delivery d set message_id = m.id
             from message m where d.channel = m.channel and d.dag = m.dag and d.message_id is null",
        )
        .bind(channels)
        .bind(window.as_secs_f64())
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("making a message"))?;
        Ok(made.rows_affected() > 0)
    }

    /// Takes the message to one of `channels` that has waited longest. No other process takes it
    /// before `lease` is over; after that its sender counts as lost.
    pub async fn take_alert_message(
        &self,
        channels: &[String],
        lease: Duration,
    ) -> Result<Option<AlertMessage>, StoreError> {
        sqlx::query_as(
            "with due as (
                select id from mg.alert_message
                where sent_at is null and given_up_at is null and next_try_at <= now() and channel = any ($1)
                order by next_try_at limit 1 for update skip locked
             )
             update mg.alert_message m
             set attempts = attempts + 1, next_try_at = now() + make_interval(secs => $2)
             from due where m.id = due.id
             returning m.id::text, m.channel, m.dag, m.made_at, m.attempts",
        )
        .bind(channels)
        .bind(lease.as_secs_f64())
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("taking a message"))
    }

    /// The events of a message, alike ones together: the gravest first, at most `limit` groups.
    pub async fn alert_groups(&self, id: &str, limit: i64) -> Result<Vec<AlertGroup>, StoreError> {
        sqlx::query_as(
            "with told as (
                select a.*, regexp_replace(a.task, '\\[\\d+\\]$', '') as stem
                from mg.alert_delivery d join mg.alert a on a.id = d.alert_id where d.message_id = $1::uuid
             )
             select kind, case when count(distinct task) = 1 then min(task) else stem end as task, kpi, code,
                    (array_agg(sentence order by id desc))[1] as sentence, count(*) as count,
                    min(run_id) as first_run, max(run_id) as last_run, min(since) as since, max(since) as until
             from told group by kind, stem, kpi, code
             order by array_position(array['failure', 'deadline', 'stale', 'recovery'], kind),
                      count(*) desc, min(id)
             limit $2",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a message"))
    }

    /// How many events of each kind a message tells of.
    pub async fn alert_counts(&self, id: &str) -> Result<Vec<(AlertKind, i64)>, StoreError> {
        sqlx::query_as(
            "select a.kind, count(*) from mg.alert_delivery d join mg.alert a on a.id = d.alert_id
             where d.message_id = $1::uuid group by 1",
        )
        .bind(id)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a message"))
    }

    /// Notes that a message was sent; the window before the next one begins now.
    pub async fn note_alert_sent(&self, message: &AlertMessage, window: Duration) -> Result<(), StoreError> {
        sqlx::query(
            "with sent as (
                update mg.alert_message set sent_at = now(), last_error = null
                where id = $1::uuid and sent_at is null and given_up_at is null returning channel, dag
             )
             update mg.alert_lane l set next_at = now() + make_interval(secs => $2)
             from sent where l.channel = sent.channel and l.dag = sent.dag",
        )
        .bind(&message.id)
        .bind(window.as_secs_f64())
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("noting that a message was sent"))
    }

    /// Notes that a message could not be sent: it is tried again after `again`, or given up where
    /// there is none. What another process has taken since is left to it.
    pub async fn note_alert_failed(
        &self,
        message: &AlertMessage,
        reason: &str,
        again: Option<Duration>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update mg.alert_message
             set last_error = left($3, 1000), given_up_at = case when $4::float8 is null then now() end,
                 next_try_at = now() + make_interval(secs => coalesce($4, 0))
             where id = $1::uuid and attempts = $2 and sent_at is null and given_up_at is null",
        )
        .bind(&message.id)
        .bind(message.attempts)
        .bind(reason)
        .bind(again.map(|again| again.as_secs_f64()))
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("noting that a message was not sent"))
    }
}
