//! Keys that the service signs with what clients hand back to it.

use crate::{Store, StoreError};

impl Store {
    /// The key for `purpose`: the one that is kept, or else `fresh`, which is kept from now on.
    /// All that share the database get the same.
    pub async fn signing_key(&self, purpose: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        let failed = || StoreError::from_sqlx("reading a signing key");
        sqlx::query("insert into mg.signing_key (purpose, key) values ($1, $2) on conflict do nothing")
            .bind(purpose)
            .bind(fresh)
            .execute(&self.writer)
            .await
            .map_err(failed())?;
        sqlx::query_scalar("select key from mg.signing_key where purpose = $1")
            .bind(purpose)
            .fetch_one(&self.writer)
            .await
            .map_err(failed())
    }
}
