//! Pools: how many tasks of a kind run at a time, over all workers.

use crate::{Store, StoreError};

/// A pool, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskPool {
    /// Its name.
    pub name: String,
    /// How many of its tasks run at a time, over all workers.
    pub slots: i32,
}

impl Store {
    /// Makes a pool, unless there is one of that name: then its slots stay as somebody set them.
    pub async fn register_pool(&self, name: &str, slots: u32) -> Result<(), StoreError> {
        sqlx::query("insert into mg.pool (name, slots) values ($1, $2) on conflict do nothing")
            .bind(name)
            .bind(i32::try_from(slots).unwrap_or(i32::MAX))
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(StoreError::from_sqlx("registering a pool"))
    }

    /// Sets how many tasks of a pool run at a time; 0 holds them all. Returns false if there is no
    /// such pool.
    pub async fn set_pool(&self, name: &str, slots: u32) -> Result<bool, StoreError> {
        sqlx::query("update mg.pool set slots = $2 where name = $1")
            .bind(name)
            .bind(i32::try_from(slots).unwrap_or(i32::MAX))
            .execute(&self.writer)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(StoreError::from_sqlx("setting a pool"))
    }

    /// Every pool, by name.
    pub async fn task_pools(&self) -> Result<Vec<TaskPool>, StoreError> {
        sqlx::query_as("select name, slots from mg.pool order by name")
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing pools"))
    }
}
