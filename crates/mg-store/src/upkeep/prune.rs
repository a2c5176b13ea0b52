//! Retention: old lines of the books are taken away, some at a time.

use serde::Serialize;
use sqlx::AssertSqlSafe;

use crate::{Store, StoreError};

/// Lines that one statement takes away: no lock is held for long, and no transaction grows.
const AT_A_TIME: u64 = 2_000;

/// For how many days each book is kept; `None` keeps it for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// What tasks said.
    pub task_log_days: Option<u32>,
    /// Runs that have ended, with their tasks, attempts, logs and lineage; with them what became of
    /// schedules and which instants got no run. The last run of each DAG in each state stays.
    pub run_days: Option<u32>,
    /// Alerts and the messages that told them. What a KPI was last told late for stays, else it would
    /// be told anew.
    pub alert_days: Option<u32>,
    /// Records that could not be loaded.
    pub reject_days: Option<u32>,
    /// The record of calls; at least a week is kept.
    pub audit_days: Option<u32>,
}

/// A book, and how many lines were taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PrunedBook {
    /// The book's name: that of its table.
    pub book: &'static str,
    /// How many lines; of runs the runs alone.
    pub lines: u64,
}

/// Days in `$1`, how many lines at most in `$2`.
const TASK_LOG: &str = "delete from mg.task_log where id in (
    select l.id from mg.task_log l
    where l.at < now() - make_interval(days => $1) order by l.at limit $2)";
const RUN: &str = "with last as (select max(id) as id from mg.run group by dag, state)
    delete from mg.run where id in (
        select r.id from mg.run r
        where r.finished_at < now() - make_interval(days => $1) and r.id not in (select id from last)
        order by r.id limit $2)";
const DAG_VERSION: &str = "delete from mg.dag_version v where (v.dag, v.hash) in (
    select o.dag, o.hash from mg.dag_version o
    where o.seen_at < now() - make_interval(days => $1)
      and not exists (select from mg.dag d where d.name = o.dag and d.hash = o.hash)
      and not exists (select from mg.run r where r.dag = o.dag and r.definition_hash = o.hash)
    limit $2)";
const SCHEDULE_SKIP: &str = "delete from mg.schedule_skip where id in (
    select s.id from mg.schedule_skip s
    where s.at < now() - make_interval(days => $1) order by s.id limit $2)";
const BACKFILL: &str = "delete from mg.backfill where id in (
    select b.id from mg.backfill b
    where b.made_at < now() - make_interval(days => $1)
      and not exists (select from mg.run r where r.backfill_id = b.id)
    order by b.id limit $2)";
/// With its requests. The last of each spider that was done stays: the next is compared with it.
const CRAWL: &str = "delete from mg.crawl where id in (
    select c.id from mg.crawl c
    where c.started_at < now() - make_interval(days => $1)
      and (c.finish_reason is distinct from 'done' or exists (
          select from mg.crawl n where n.spider = c.spider and n.id > c.id and n.finish_reason = 'done'))
      and not exists (select from mg.task t where t.id = c.task_id and t.finished_at is null)
    order by c.id limit $2)";
/// What was last done to a schedule stays, and the first: who made it.
const SCHEDULE_CHANGE: &str = "delete from mg.schedule_change where id in (
    select c.id from mg.schedule_change c
    where c.at < now() - make_interval(days => $1) and c.what <> 'made'
      and exists (select from mg.schedule_change n where n.schedule_id = c.schedule_id and n.id > c.id)
    order by c.id limit $2)";
const ALERT_LANE: &str = "delete from mg.alert_lane where (channel, dag) in (
    select l.channel, l.dag from mg.alert_lane l
    where l.next_at < now() - make_interval(days => $1) limit $2)";
const ALERT: &str = "delete from mg.alert where id in (
    select a.id from mg.alert a
    where a.detected_at < now() - make_interval(days => $1)
      and (a.kpi is null or exists (select from mg.alert n where n.kpi = a.kpi and n.id > a.id))
    order by a.detected_at limit $2)";
const ALERT_MESSAGE: &str = "delete from mg.alert_message where id in (
    select m.id from mg.alert_message m
    where m.made_at < now() - make_interval(days => $1)
      and not exists (select from mg.alert_delivery d where d.message_id = m.id)
    order by m.made_at limit $2)";
const REJECT: &str = "delete from mg.reject where id in (
    select r.id from mg.reject r
    where r.rejected_at < now() - make_interval(days => $1) order by r.rejected_at limit $2)";

impl Store {
    /// Takes away what is older than `retention` says. Interrupted, it has done a part of it, and the
    /// next time does the rest.
    pub async fn prune_books(&self, retention: &Retention) -> Result<Vec<PrunedBook>, StoreError> {
        let books = [
            ("task_log", TASK_LOG, retention.task_log_days),
            ("run", RUN, retention.run_days),
            ("dag_version", DAG_VERSION, retention.run_days),
            ("crawl", CRAWL, retention.run_days),
            ("schedule_skip", SCHEDULE_SKIP, retention.run_days),
            ("backfill", BACKFILL, retention.run_days),
            ("schedule_change", SCHEDULE_CHANGE, retention.run_days),
            ("alert", ALERT, retention.alert_days),
            ("alert_message", ALERT_MESSAGE, retention.alert_days),
            ("alert_lane", ALERT_LANE, retention.alert_days),
            ("reject", REJECT, retention.reject_days),
        ];
        let mut pruned = Vec::new();
        for (book, statement, days) in books {
            let lines = self.prune(statement, days).await?;
            pruned.push(PrunedBook { book, lines });
        }
        let calls = match retention.audit_days {
            Some(days) => self.prune_audit_after(days).await?,
            None => 0,
        };
        pruned.push(PrunedBook { book: "audit", lines: u64::try_from(calls).unwrap_or_default() });
        Ok(pruned)
    }

    async fn prune(&self, statement: &'static str, days: Option<u32>) -> Result<u64, StoreError> {
        let Some(days) = days else { return Ok(0) };
        let mut lines = 0;
        loop {
            let taken = sqlx::query(AssertSqlSafe(statement))
                .bind(i32::try_from(days).unwrap_or(i32::MAX))
                .bind(i64::try_from(AT_A_TIME).unwrap_or(i64::MAX))
                .execute(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("pruning the books"))?
                .rows_affected();
            lines += taken;
            if taken < AT_A_TIME {
                return Ok(lines);
            }
        }
    }
}
