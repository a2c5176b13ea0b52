//! DAGs that start when tables changed.
//!
//! Tasks count up `mg.table_change` in the transaction that ends them. A DAG remembers how far each
//! of its tables had come when it last started, so however many changes there were, and whenever they
//! were noticed, one run answers them. A change that commits while that run is open is seen by the next.

use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use crate::run::{NewRun, insert};
use crate::{Store, StoreError};

/// Which of a DAG's tables must have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRule {
    /// One of them.
    Any,
    /// All of them, since the DAG last started.
    All,
}

impl TableRule {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            TableRule::Any => "any",
            TableRule::All => "all",
        }
    }
}

/// Whether the trigger `t` should start its DAG: tables have changed, nothing is paused, and no run
/// of the DAG is open.
pub(crate) const IS_STALE: &str = "
    not exists (select from mg.dag d where d.name = t.dag and d.paused_at is not null)
    and not exists (select from mg.run r where r.dag = t.dag and r.finished_at is null)
    and (select case t.rule when 'any' then bool_or(changed) else bool_and(changed) end
         from (select coalesce(c.version, 0) > coalesce(s.version, 0) as changed
               from unnest(t.tables) as wanted (name)
               left join mg.table_change c on c.table_name = wanted.name
               left join mg.data_seen s on s.dag = t.dag and s.table_name = wanted.name) as looked_at)";

impl Store {
    /// Notes that `dag` starts when `tables`, as `schema.table`, change; with none, that it does not.
    /// A DAG that is new to its tables has seen none of what was written to them.
    pub async fn sync_data_trigger(
        &self,
        dag: &str,
        tables: &[String],
        rule: TableRule,
    ) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("noting what a DAG waits for");
        let statement = if tables.is_empty() {
            sqlx::query("delete from mg.data_trigger where dag = $1").bind(dag)
        } else {
            sqlx::query(
                "insert into mg.data_trigger (dag, tables, rule) values ($1, $2, $3)
                 on conflict (dag) do update set tables = excluded.tables, rule = excluded.rule
                 where (mg.data_trigger.tables, mg.data_trigger.rule) is distinct from (excluded.tables, excluded.rule)",
            )
            .bind(dag)
            .bind(tables)
            .bind(rule.as_str())
        };
        statement.execute(&self.writer).await.map(drop).map_err(failed())
    }

    /// Starts `dag` by `run` if its tables have changed since it last started and none of its runs is
    /// open. `None` when that is not so, or another process is at it.
    pub async fn take_data_trigger(&self, dag: &str, run: &NewRun) -> Result<Option<RunId>, StoreError> {
        let failed = || StoreError::from_sqlx("starting a DAG whose tables changed");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let held = sqlx::query("select from mg.data_trigger where dag = $1 for no key update skip locked")
            .bind(dag)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed())?;
        if held.is_none() || !is_stale(&mut transaction, dag).await? {
            transaction.rollback().await.map_err(failed())?;
            return Ok(None);
        }
        // A change that commits after this was read is not seen, and starts the DAG again.
        sqlx::query(
            "insert into mg.data_seen (dag, table_name, version)
             select t.dag, c.table_name, c.version
             from mg.data_trigger t join mg.table_change c on c.table_name = any (t.tables)
             where t.dag = $1
             on conflict (dag, table_name) do update set version = excluded.version",
        )
        .bind(dag)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        let made = insert(&mut transaction, run, None).await?;
        transaction.commit().await.map_err(failed())?;
        Ok(made)
    }
}

async fn is_stale(transaction: &mut Transaction<'static, Postgres>, dag: &str) -> Result<bool, StoreError> {
    let statement = format!("select exists (select from mg.data_trigger t where t.dag = $1 and {IS_STALE})");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(dag)
        .fetch_one(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("looking whether tables changed"))
}
