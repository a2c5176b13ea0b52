//! Pools: how many tasks of a kind run at a time, over all workers.
//!
//! A pool has the slots that its code says, unless somebody set them by hand: then those, until they are
//! given back to the code.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError};

/// A pool, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskPool {
    /// Its name.
    pub name: String,
    /// How many of its tasks run at a time, over all workers.
    pub slots: i32,
    /// How many its code says, as it was registered last; `None` while no code has named it.
    pub code_slots: Option<i32>,
    /// Who set its slots by hand; `None` while they are as its code says.
    pub set_by: Option<String>,
    /// When.
    pub set_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Notes how many slots the code gives a pool; it has them, unless somebody has set others.
    pub async fn register_pool(&self, name: &str, slots: u32) -> Result<(), StoreError> {
        sqlx::query(
            "insert into mg.pool as p (name, slots, code_slots) values ($1, $2, $2)
             on conflict (name) do update
             set code_slots = excluded.code_slots,
                 slots = case when p.set_by is null then excluded.slots else p.slots end
             where p.code_slots is distinct from excluded.code_slots
                or (p.set_by is null and p.slots <> excluded.slots)",
        )
        .bind(name)
        .bind(i32::try_from(slots).unwrap_or(i32::MAX))
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("registering a pool"))
    }

    /// Sets how many tasks of a pool run at a time, in the name of `by` and whatever its code says from then on;
    /// 0 holds them all. `None` if there is no such pool.
    pub async fn set_pool(&self, name: &str, slots: u32, by: &str) -> Result<Option<TaskPool>, StoreError> {
        sqlx::query_as(
            "update mg.pool set slots = $2, set_by = $3, set_at = now() where name = $1
             returning name, slots, code_slots, set_by, set_at",
        )
        .bind(name)
        .bind(i32::try_from(slots).unwrap_or(i32::MAX))
        .bind(by)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("setting a pool"))
    }

    /// Gives a pool the slots back that its code says. `None` if there is no such pool.
    pub async fn reset_pool(&self, name: &str) -> Result<Option<TaskPool>, StoreError> {
        sqlx::query_as(
            "update mg.pool set slots = coalesce(code_slots, slots), set_by = null, set_at = null where name = $1
             returning name, slots, code_slots, set_by, set_at",
        )
        .bind(name)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("resetting a pool"))
    }

    /// Every pool, by name.
    pub async fn task_pools(&self) -> Result<Vec<TaskPool>, StoreError> {
        sqlx::query_as("select name, slots, code_slots, set_by, set_at from mg.pool order by name")
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing pools"))
    }
}
