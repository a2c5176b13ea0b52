//! DAGs, as binaries have registered them.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{Store, StoreError};

/// A DAG, as it was registered last.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RegisteredDag {
    /// Its name.
    pub name: String,
    /// Hash of its definition.
    pub hash: String,
    /// Its definition.
    pub definition: Value,
    /// Who paused it; `None` while it is not paused.
    pub paused_by: Option<String>,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// When it was first registered.
    pub first_seen_at: DateTime<Utc>,
    /// When its definition changed last.
    pub changed_at: DateTime<Utc>,
}

impl Store {
    /// Notes what a DAG is from now on, and keeps what it was. Paused stays paused.
    pub async fn register_dag(&self, name: &str, hash: &str, definition: &Value) -> Result<(), StoreError> {
        self.keep(
            "with dag as (
                insert into mg.dag (name, hash, definition) values ($1, $2, $3)
                on conflict (name) do update
                set hash = excluded.hash, definition = excluded.definition, changed_at = now()
                where dag.hash <> excluded.hash)
             insert into mg.dag_version (dag, hash, definition) values ($1, $2, $3) on conflict do nothing",
            (name, hash, definition),
        )
        .await
    }

    /// Keeps a definition that a run is made of, and leaves what the DAG is from now on as it is,
    /// unless nobody has registered it.
    pub async fn keep_definition(
        &self,
        name: &str,
        hash: &str,
        definition: &Value,
    ) -> Result<(), StoreError> {
        self.keep(
            "with dag as (
                insert into mg.dag (name, hash, definition) values ($1, $2, $3) on conflict do nothing)
             insert into mg.dag_version (dag, hash, definition) values ($1, $2, $3) on conflict do nothing",
            (name, hash, definition),
        )
        .await
    }

    async fn keep(
        &self,
        statement: &'static str,
        (name, hash, definition): (&str, &str, &Value),
    ) -> Result<(), StoreError> {
        sqlx::query(statement)
            .bind(name)
            .bind(hash)
            .bind(definition)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(StoreError::from_sqlx("registering a DAG"))
    }

    /// Every registered DAG, by name.
    pub async fn dags(&self) -> Result<Vec<RegisteredDag>, StoreError> {
        sqlx::query_as(
            "select name, hash, definition, paused_by, paused_at, first_seen_at, changed_at
             from mg.dag order by name",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing DAGs"))
    }

    /// The registered DAG of that name.
    pub async fn dag(&self, name: &str) -> Result<Option<RegisteredDag>, StoreError> {
        sqlx::query_as(
            "select name, hash, definition, paused_by, paused_at, first_seen_at, changed_at
             from mg.dag where name = $1",
        )
        .bind(name)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a DAG"))
    }

    /// What a DAG was when its definition had that hash: what a run started with.
    pub async fn dag_version(&self, name: &str, hash: &str) -> Result<Option<Value>, StoreError> {
        sqlx::query_scalar("select definition from mg.dag_version where dag = $1 and hash = $2")
            .bind(name)
            .bind(hash)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a DAG"))
    }

    /// Pauses a DAG: it starts no run by itself. Returns false if it was paused already, or nobody
    /// has registered it.
    pub async fn pause_dag(&self, name: &str, by: &str) -> Result<bool, StoreError> {
        sqlx::query(
            "update mg.dag set paused_by = $2, paused_at = now() where name = $1 and paused_by is null",
        )
        .bind(name)
        .bind(by)
        .execute(&self.writer)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(StoreError::from_sqlx("pausing a DAG"))
    }

    /// Lets a DAG start runs by itself again. Returns false if it was not paused.
    pub async fn resume_dag(&self, name: &str) -> Result<bool, StoreError> {
        sqlx::query(
            "update mg.dag set paused_by = null, paused_at = null where name = $1 and paused_by is not null",
        )
        .bind(name)
        .execute(&self.writer)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(StoreError::from_sqlx("resuming a DAG"))
    }
}
