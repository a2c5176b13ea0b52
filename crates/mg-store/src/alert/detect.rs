//! Finding events in the books, on the database's time.
//!
//! Each search is one statement: it marks what it found, writes the event, and whom it is told.

use sqlx::AssertSqlSafe;

use super::AlertKind;
use crate::{Store, StoreError};

/// Events older than this are not told when they are first seen: a platform that is made to tell
/// of failures does not begin with last year's. And at most so many are taken at a time.
const SEEN: &str = "interval '7 days'";
const AT_A_TIME: u32 = 500;

/// One line of the routing: whom events of a kind about a DAG are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRoute {
    /// What kind of event.
    pub kind: AlertKind,
    /// A DAG's name, or `*` for every DAG.
    pub dag: String,
    /// The channel.
    pub channel: String,
}

/// A KPI that should have fresh values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedKpi {
    /// Its name.
    pub name: String,
    /// The DAG that brings its data.
    pub dag: String,
    /// How old its last measurement, and the end of its last period with a value, may become, days.
    pub stale_after_days: u32,
}

/// How many events of a kind about a DAG were found.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DetectedAlerts {
    /// What kind of event.
    pub kind: AlertKind,
    /// The DAG.
    pub dag: String,
    /// How many.
    pub count: i64,
}

impl Store {
    /// Finds runs that failed, missed their deadline, or have recovered from a failure.
    pub async fn detect_run_alerts(&self, routes: &[AlertRoute]) -> Result<Vec<DetectedAlerts>, StoreError> {
        let (kinds, dags, channels) = columns(routes);
        sqlx::query_as(AssertSqlSafe(format!("with {} {WRITE}", found_runs())))
            .bind(kinds)
            .bind(dags)
            .bind(channels)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for runs to tell of"))
    }

    /// Finds KPIs that were not measured, or got no value of a later period, for too long. Each
    /// standstill is one event; a KPI that was never measured has nothing to be late with.
    pub async fn detect_stale_kpis(
        &self,
        routes: &[AlertRoute],
        kpis: &[WatchedKpi],
    ) -> Result<Vec<DetectedAlerts>, StoreError> {
        let (kinds, dags, channels) = columns(routes);
        let days = |kpi: &WatchedKpi| i32::try_from(kpi.stale_after_days).unwrap_or(i32::MAX);
        sqlx::query_as(AssertSqlSafe(format!("with {FOUND_KPIS} {WRITE}")))
            .bind(kinds)
            .bind(dags)
            .bind(channels)
            .bind(kpis.iter().map(|kpi| kpi.name.clone()).collect::<Vec<_>>())
            .bind(kpis.iter().map(|kpi| kpi.dag.clone()).collect::<Vec<_>>())
            .bind(kpis.iter().map(days).collect::<Vec<_>>())
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for KPIs to tell of"))
    }
}

fn columns(routes: &[AlertRoute]) -> (Vec<&'static str>, Vec<String>, Vec<String>) {
    (
        routes.iter().map(|route| route.kind.as_str()).collect(),
        routes.iter().map(|route| route.dag.clone()).collect(),
        routes.iter().map(|route| route.channel.clone()).collect(),
    )
}

/// `found`: events about runs, each marked in its run. A run that another process is about to mark
/// is left to it, and one that changes while it is waited for is looked at again.
fn found_runs() -> String {
    format!(
        "failed as (
            select id, dag, finished_at from mg.run
            where state = 'failed' and failure_noted_at is distinct from finished_at
              and finished_at > now() - {SEEN}
            order by finished_at limit {AT_A_TIME} for update skip locked
         ), failed_marked as (
            update mg.run r set failure_noted_at = failed.finished_at from failed where r.id = failed.id
         ), missed as (
            select id, dag, deadline_at from mg.run
            where deadline_missed_at is null and state <> 'cancelled'
              and (finished_at is null or finished_at > deadline_at)
              and deadline_at between now() - {SEEN} and now()
              -- Two marks on one row by one statement would be one: what has failed too is next.
              and id not in (select id from failed)
            order by deadline_at limit {AT_A_TIME} for update skip locked
         ), missed_marked as (
            update mg.run r set deadline_missed_at = now() from missed where r.id = missed.id
         ), recovered as (
            select id, dag, finished_at, failure_noted_at from mg.run
            where state = 'succeeded' and failure_noted_at is not null
              and id not in (select id from missed)
            order by id limit {AT_A_TIME} for update skip locked
         ), recovered_marked as (
            update mg.run r set failure_noted_at = null from recovered where r.id = recovered.id
         ), found as (
            select format('failure:%s:%s', f.id, extract(epoch from f.finished_at)) as key, 'failure' as kind, f.dag,
                   f.id as run_id, t.name as task, null as kpi, t.error_code as code, t.error as sentence,
                   f.finished_at as since
            from failed f left join lateral (
                -- Of a task that was spread, the part that failed says more than the whole.
                select name, error_code, error from mg.task
                where run_id = f.id and state = 'failed' order by kind = 'map', finished_at, id limit 1) t on true
            union all
            select format('deadline:%s', m.id), 'deadline', m.dag, m.id, t.name, null, null, null, m.deadline_at
            from missed m left join lateral (
                select name from mg.task
                where run_id = m.id and state in ('running', 'ready')
                order by state desc, started_at, id limit 1) t on true
            union all
            select format('recovery:%s:%s', r.id, extract(epoch from r.failure_noted_at)), 'recovery', r.dag, r.id,
                   null, null, null, null, r.finished_at
            from recovered r
         )"
    )
}

/// `found`: KPIs that stand still. `since` is their last measurement, or the end of their last
/// period with a value.
const FOUND_KPIS: &str = "watched as (
        select w.kpi, w.dag, d.calcule_le as measured_at, now() - make_interval(days => w.days) as oldest,
               ((select max(v.periode) from kpi.value v where v.kpi = w.kpi and v.valeur is not null)
                   + case d.grain when 'month' then interval '1 month' when 'quarter' then interval '3 months'
                                  else interval '1 year' end) at time zone 'UTC' as covered_until
        from unnest($4::text[], $5::text[], $6::int[]) as w (kpi, dag, days) join kpi.definition d using (kpi)
     ), late as (
        select *, case when measured_at < oldest then 'not_measured' else 'no_new_value' end as code,
               case when measured_at < oldest then measured_at else covered_until end as since
        from watched where measured_at < oldest or covered_until < oldest
     ), found as (
        select format('stale:%s:%s:%s', kpi, code, extract(epoch from since)) as key, 'stale' as kind, dag,
               null::bigint as run_id, null as task, kpi, code, null as sentence, since
        from late
     )";

/// Writes what was `found`, and whom it is told. In one order, so that two that write the same do
/// not wait for each other.
const WRITE: &str = ", event as (
        insert into mg.alert (key, kind, dag, run_id, task, kpi, code, sentence, since)
        select key, kind, dag, run_id, task, kpi, code, left(sentence, 1000), since from found order by key
        on conflict (key) do nothing returning id, kind, dag
     ), routed as (
        select distinct e.id, e.dag, r.channel
        from event e join unnest($1::text[], $2::text[], $3::text[]) as r (kind, dag, channel)
            on r.kind = e.kind and r.dag in ('*', e.dag)
     ), lane as (
        insert into mg.alert_lane (channel, dag) select distinct channel, dag from routed order by 1, 2
        on conflict do nothing
     ), delivery as (
        insert into mg.alert_delivery (alert_id, channel, dag) select id, channel, dag from routed
     )
     select kind, dag, count(*) as count from event group by 1, 2 order by 1, 2";
