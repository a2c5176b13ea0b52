//! Advice for the operator: tables and indexes that keep room or time for nothing.
//!
//! It reads Postgres' own statistics and changes nothing. They are estimates: what it says is a
//! reason to look.

use serde::Serialize;

use crate::{Store, StoreError};

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Advice {
    /// `dead_rows`, `stale_statistics`, `bloat`, `unused_index`, `old_snapshot` or `wraparound`.
    pub kind: String,
    /// The table or index, `schema.name`; of what is about the whole server, what holds it up.
    pub subject: String,
    /// What was found, with its figure.
    pub figure: String,
    /// What to do.
    pub advice: String,
}

/// Dead rows are autovacuum's work until there are more than a fifth, twice its own threshold.
const DEAD_ROWS: &str = "select 'dead_rows' as kind, schemaname || '.' || relname as subject,
        format('%s dead rows beside %s live ones', n_dead_tup, n_live_tup) as figure,
        format('vacuum (analyze) %I.%I; if it comes back, set autovacuum_vacuum_scale_factor = 0.05 on it',
               schemaname, relname) as advice
     from pg_catalog.pg_stat_user_tables
     where n_dead_tup > 10000 and n_dead_tup > 0.2 * n_live_tup";

const STALE_STATISTICS: &str = "select 'stale_statistics', schemaname || '.' || relname,
        format('%s rows changed since it was analyzed', n_mod_since_analyze),
        format('analyze %I.%I', schemaname, relname)
     from pg_catalog.pg_stat_user_tables
     where n_mod_since_analyze > 50000 and n_mod_since_analyze > 0.3 * n_live_tup";

/// The pages that a table has against those that its rows should need: 24 bytes of header, four of
/// line pointer, and the mean width of its columns.
const BLOAT: &str = "select 'bloat', n.nspname || '.' || c.relname,
        format('%s for rows that need about %s', pg_size_pretty(held.bytes), pg_size_pretty(needed.bytes)),
        format('vacuum full %I.%I at a quiet hour: it locks the table', n.nspname, c.relname)
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     cross join lateral (select pg_relation_size(c.oid) as bytes) held
     cross join lateral (
         select (c.reltuples * (28 + sum(s.avg_width * (1 - s.null_frac))))::bigint as bytes
         from pg_catalog.pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname) needed
     where c.relkind = 'r' and c.reltuples > 0 and n.nspname in ('analytics', 'kpi', 'mg')
       and held.bytes > 16 * 1024 * 1024 and held.bytes > 3 * needed.bytes";

/// Of the platform's own schemas indexes are there for a reason, though it may come once a year: only
/// a large one that is written a lot is named.
const UNUSED_INDEX: &str = "select 'unused_index', s.schemaname || '.' || s.indexrelname,
        format('%s, never used while %s rows were written to %s', pg_size_pretty(pg_relation_size(s.indexrelid)),
               t.n_tup_ins + t.n_tup_upd, s.relname),
        'look since when statistics count (pg_stat_database.stats_reset); if for months, drop it'
     from pg_catalog.pg_stat_user_indexes s
     join pg_catalog.pg_index i using (indexrelid)
     join pg_catalog.pg_stat_user_tables t on t.relid = s.relid
     where s.idx_scan = 0 and not i.indisunique and not exists (
               select from pg_catalog.pg_constraint c where c.conindid = s.indexrelid)
       and pg_relation_size(s.indexrelid) > 8 * 1024 * 1024 and t.n_tup_ins + t.n_tup_upd > 100000";

/// What keeps vacuum from taking dead rows away: a snapshot that somebody holds for an hour.
const OLD_SNAPSHOT: &str = "select 'old_snapshot', format('session %s of %s', pid, usename),
        format('its snapshot is as old as its transaction, which began %s', to_char(xact_start, 'YYYY-MM-DD HH24:MI')),
        format('end it if nobody needs it: select pg_terminate_backend(%s)', pid)
     from pg_catalog.pg_stat_activity
     where backend_xmin is not null and xact_start < now() - interval '1 hour'
     union all
     select 'old_snapshot', 'prepared transaction ' || gid, format('prepared %s', to_char(prepared, 'YYYY-MM-DD HH24:MI')),
            format('commit prepared %L, or rollback prepared %L', gid, gid)
     from pg_catalog.pg_prepared_xacts where prepared < now() - interval '1 hour'
     union all
     select 'old_snapshot', 'replication slot ' || slot_name,
            format('nobody reads it, and it holds %s transactions', age(coalesce(xmin, catalog_xmin))),
            format('bring its reader back, or select pg_drop_replication_slot(%L)', slot_name)
     from pg_catalog.pg_replication_slots
     where not active and age(coalesce(xmin, catalog_xmin)) > 1000000";

const WRAPAROUND: &str = "select 'wraparound', datname, format('%s transactions old', age(datfrozenxid)),
        'vacuum (freeze) the database; look whether an old snapshot keeps autovacuum from it'
     from pg_catalog.pg_database
     where datname = current_database()
       and age(datfrozenxid) > 1.5 * current_setting('autovacuum_freeze_max_age')::bigint";

impl Store {
    /// What an operator should look at; empty when there is nothing.
    pub async fn upkeep_advice(&self) -> Result<Vec<Advice>, StoreError> {
        let mut advice = Vec::new();
        for question in [WRAPAROUND, OLD_SNAPSHOT, DEAD_ROWS, BLOAT, STALE_STATISTICS, UNUSED_INDEX] {
            let found: Vec<Advice> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "select * from ({question}) as found (kind, subject, figure, advice) order by subject"
            )))
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading the server's statistics"))?;
            advice.extend(found);
        }
        Ok(advice)
    }
}
