//! Row scopes, signed for one backend.
//!
//! What `mg.row_scope()` in the database verifies is made here. The reader can set the
//! setting that carries it, as anyone can set any setting; without the key it cannot make one
//! that is believed, and one made for another backend is not believed here.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;

use crate::StoreError;

/// The key of this database.
#[derive(Clone)]
pub(crate) struct ScopeKey(Arc<[u8]>);

impl std::fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScopeKey(..)")
    }
}

impl ScopeKey {
    /// The key, as the migration drew it.
    pub(crate) async fn read(writer: &PgPool) -> Result<Self, StoreError> {
        let key: Vec<u8> = sqlx::query_scalar("select key from mg.scope_key")
            .fetch_one(writer)
            .await
            .map_err(StoreError::from_sqlx("reading the key of row scopes"))?;
        Ok(Self(key.into()))
    }

    /// The setting `mg.row_scope` for the backend `pid`: these communes, until `until`.
    pub(crate) fn sign(&self, pid: i32, until: DateTime<Utc>, communes: &BTreeSet<String>) -> String {
        let codes: Vec<&str> = communes.iter().map(String::as_str).collect();
        let message = format!("{pid}|{}|{}", until.timestamp(), codes.join(","));
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(message.as_bytes());
        let signature: String =
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{message}|{signature}")
    }
}
