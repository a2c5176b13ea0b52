//! A transaction that somebody waits for: when he goes away, its statement is cancelled in Postgres.
//!
//! A dropped transaction of sqlx's is rolled back once its statement has come to its end, however
//! long that takes, and what it locks stays locked so long.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::StoreError;

/// A transaction of the writer's, until [`Attended::commit`]. Dropping it undoes it, and ends what it
/// is executing.
pub(crate) struct Attended {
    connection: Option<PoolConnection<Postgres>>,
    /// The number of its backend.
    backend: i32,
    pool: PgPool,
    attempted: &'static str,
}

impl Attended {
    /// Begins a transaction for what is `attempted`.
    pub(crate) async fn begin(pool: &PgPool, attempted: &'static str) -> Result<Self, StoreError> {
        let failed = || StoreError::from_sqlx(attempted);
        let mut connection = pool.acquire().await.map_err(failed())?;
        let backend = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed())?;
        let mut begun = Self { connection: Some(connection), backend, pool: pool.clone(), attempted };
        sqlx::query("begin").execute(&mut *begun).await.map_err(failed())?;
        Ok(begun)
    }

    /// Makes what was done last.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("commit").execute(&mut *self).await.map_err(StoreError::from_sqlx(self.attempted))?;
        // Back to the pool: there is nothing left to undo.
        self.connection.take();
        Ok(())
    }
}

impl Deref for Attended {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_deref().expect("it has its connection until it is committed or dropped")
    }
}

impl DerefMut for Attended {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_deref_mut().expect("it has its connection until it is committed or dropped")
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // Never back to the pool: a cancel that is late must not meet the next one's statement.
        let connection = connection.detach();
        let (pool, backend, attempted) = (self.pool.clone(), self.backend, self.attempted);
        let cancel = async move {
            let asked = sqlx::query("select pg_cancel_backend($1)").bind(backend).execute(&pool).await;
            if let Err(error) = asked {
                tracing::warn!("{attempted} was given up and could not be cancelled: {error}");
            }
            // Its backend sees that nobody is there any more, and undoes what it did.
            drop(connection);
        };
        // Without a runtime the process is ending, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(cancel);
        }
    }
}
