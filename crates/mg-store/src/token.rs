//! Bearer tokens. The store sees only their hashes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Store, StoreError};

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Token {
    /// Its number, never given twice.
    pub id: i64,
    /// Its name, unique among live tokens.
    pub name: String,
    /// `viewer`, `editor` or `admin`.
    pub role: String,
    /// INSEE codes that it is limited to; `None`: no limit.
    pub communes: Option<Vec<String>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Until when its secret before the last rotation opens too.
    pub previous_until: Option<DateTime<Utc>>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken<'a> {
    /// Its name.
    pub name: &'a str,
    /// `viewer`, `editor` or `admin`.
    pub role: &'a str,
    /// SHA-256 of its secret.
    pub hash: &'a [u8],
    /// INSEE codes that it is limited to; `None`: no limit.
    pub communes: Option<Vec<String>>,
    /// When it ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "id, name, role, communes, created_at, expires_at, revoked_at, previous_until, last_used_at";

impl Store {
    /// Keeps a new token. `false` when a live token has that name already.
    pub async fn add_token(&self, token: &NewToken<'_>) -> Result<bool, StoreError> {
        // One that has run out gives its name back.
        sqlx::query(
            "update mg.token set revoked_at = expires_at
             where name = $1 and revoked_at is null and expires_at <= now()",
        )
        .bind(token.name)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("retiring a token that has run out"))?;
        let added = sqlx::query(
            "insert into mg.token (name, role, hash, expires_at, communes) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
        )
        .bind(token.name)
        .bind(token.role)
        .bind(token.hash)
        .bind(token.expires_at)
        .bind(&token.communes)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("keeping a token"))?;
        Ok(added.rows_affected() == 1)
    }

    /// The token with this hash, if it is live at `now`; notes that it was used.
    pub async fn live_token(&self, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Token>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from mg.token
             where (hash = $1 or previous_hash = $1 and previous_until > $2)
               and revoked_at is null and (expires_at is null or expires_at > $2)"
        );
        let token: Option<Token> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for a token"))?;
        // Once a minute is often enough, and spares a write a request.
        let stale = |used: DateTime<Utc>| now - used > TimeDelta::minutes(1);
        if let Some(token) = token.as_ref().filter(|token| token.last_used_at.is_none_or(stale)) {
            sqlx::query("update mg.token set last_used_at = $2 where id = $1")
                .bind(token.id)
                .bind(now)
                .execute(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("noting a token's use"))?;
        }
        Ok(token)
    }

    /// Whether the token of that number is live at `now`.
    pub async fn is_live_token(&self, id: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "select exists (select from mg.token
                            where id = $1 and revoked_at is null and (expires_at is null or expires_at > $2))",
        )
        .bind(id)
        .bind(now)
        .fetch_one(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking for a token"))
    }

    /// Every token, newest first.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let sql = format!("select {COLUMNS} from mg.token order by created_at desc, id desc");
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing tokens"))
    }

    /// Gives the live token of that name another secret; the present one opens until
    /// `previous_until`. `false` when there is none.
    pub async fn rotate_token(
        &self,
        name: &str,
        hash: &[u8],
        previous_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let rotated = sqlx::query(
            "update mg.token set previous_hash = hash, previous_until = $3, hash = $2
             where name = $1 and revoked_at is null and (expires_at is null or expires_at > $4)",
        )
        .bind(name)
        .bind(hash)
        .bind(previous_until)
        .bind(now)
        .execute(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("rotating a token"))?;
        Ok(rotated.rows_affected() == 1)
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
