//! Bearer tokens. The store sees only their hashes.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError};

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Token {
    /// Its name, unique among live tokens.
    pub name: String,
    /// `viewer` or `editor`.
    pub role: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "name, role, created_at, expires_at, revoked_at, last_used_at";

impl Store {
    /// Keeps a new token. `false` when a live token has that name already.
    pub async fn add_token(
        &self,
        name: &str,
        role: &str,
        hash: &[u8],
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<bool, StoreError> {
        // One that has run out gives its name back.
        sqlx::query(
            "update mg.token set revoked_at = expires_at
             where name = $1 and revoked_at is null and expires_at <= now()",
        )
        .bind(name)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("retiring a token that has run out"))?;
        let added = sqlx::query(
            "insert into mg.token (name, role, hash, expires_at) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(name)
        .bind(role)
        .bind(hash)
        .bind(expires_at)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("keeping a token"))?;
        Ok(added.rows_affected() == 1)
    }

    /// The token with this hash, if it is live at `now`; notes that it was used.
    pub async fn live_token(&self, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Token>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from mg.token
             where hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"
        );
        let token: Option<Token> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for a token"))?;
        // Once a minute is often enough, and spares a write a request.
        let stale = |used: DateTime<Utc>| now - used > chrono::TimeDelta::minutes(1);
        if token.as_ref().is_some_and(|token| token.last_used_at.is_none_or(stale)) {
            sqlx::query("update mg.token set last_used_at = $2 where hash = $1")
                .bind(hash)
                .bind(now)
                .execute(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("noting a token's use"))?;
        }
        Ok(token)
    }

    /// Every token, newest first.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let sql = format!("select {COLUMNS} from mg.token order by created_at desc, id desc");
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing tokens"))
    }

    /// Revokes the live token of that name. `false` when there is none.
    pub async fn revoke_token(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let revoked =
            sqlx::query("update mg.token set revoked_at = $2 where name = $1 and revoked_at is null")
                .bind(name)
                .bind(now)
                .execute(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("revoking a token"))?;
        Ok(revoked.rows_affected() == 1)
    }
}
