//! Bearer tokens: drawn here, kept as hashes, looked up by hash.
//!
//! A token is 256 random bits, so its SHA-256 cannot be guessed back and needs no salt; and
//! looking it up by its hash tells a listener nothing about how near a wrong one was.

mod keys;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use mg_core::{OpContext, Principal, Role, Scope};
use mg_store::Store;
use mg_store::token::{NewToken as KeptToken, Token};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use crate::Problem;
use crate::app::App;

pub(crate) use keys::Keys;

/// What every token begins with, so that a leaked one can be found by a scanner.
const PREFIX: &str = "mgt_";

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest<'a> {
    /// Who will hold it, 1 to 80 characters.
    pub name: &'a str,
    /// What it gives.
    pub role: Role,
    /// Whose rows it shows.
    pub scope: Scope,
    /// After how many days it ends; `None`: never.
    pub days: Option<u32>,
}

/// A token, the one time it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The token itself.
    pub secret: String,
    /// When it ends, if it does; of a rotated one, when the secret before it does.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a token.
pub async fn create_token(
    ctx: &OpContext,
    store: &Store,
    request: TokenRequest<'_>,
) -> Result<NewToken, Problem> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Problem::new(
            "bad_token_name",
            "A token's name has 1 to 80 characters.",
            "Name who will hold it.",
        ));
    }
    if request.scope != Scope::All && !store.has_scopes() {
        return Err(mg_store::StoreError::NoScopes.into());
    }
    let secret = draw()?;
    let expires_at = request.days.map(|days| ctx.now() + TimeDelta::days(i64::from(days)));
    let kept = KeptToken {
        name,
        role: request.role.as_str(),
        hash: &hash(&secret),
        communes: request.scope.communes().map(|codes: &BTreeSet<String>| codes.iter().cloned().collect()),
        expires_at,
    };
    if !store.add_token(&kept).await? {
        return Err(Problem::new(
            "token_exists",
            format!("There is a live token named `{name}` already."),
            "Choose another name, rotate it (`mg token rotate`), or revoke it first (`mg token revoke`).",
        ));
    }
    Ok(NewToken { secret, expires_at })
}

/// Gives the live token of that name another secret. The present one opens for `grace_hours`
/// more, so that whoever holds it can change over without a gap.
pub async fn rotate_token(
    ctx: &OpContext,
    store: &Store,
    name: &str,
    grace_hours: u32,
) -> Result<NewToken, Problem> {
    let secret = draw()?;
    let until = ctx.now() + TimeDelta::hours(i64::from(grace_hours));
    if store.rotate_token(name, &hash(&secret), until, ctx.now()).await? {
        return Ok(NewToken { secret, expires_at: Some(until) });
    }
    Err(unknown_token(store, name).await?)
}

/// Every token, without its secret.
pub async fn list_tokens(store: &Store) -> Result<Vec<Token>, Problem> {
    Ok(store.tokens().await?)
}

/// Revokes the live token of that name.
pub async fn revoke_token(ctx: &OpContext, store: &Store, name: &str) -> Result<(), Problem> {
    if store.revoke_token(name, ctx.now()).await? {
        return Ok(());
    }
    Err(unknown_token(store, name).await?)
}

async fn unknown_token(store: &Store, name: &str) -> Result<Problem, Problem> {
    let tokens = store.tokens().await?;
    let live = tokens.iter().filter(|token| token.revoked_at.is_none());
    Ok(Problem::unknown("token", name, live.map(|token| token.name.as_str()), "`mg token list`"))
}

fn draw() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        Problem::new("no_randomness", format!("The system gave no random bytes: {error}."), "Try again.")
    })?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{PREFIX}{secret}"))
}

/// Whose secret this is, if it is that of a live token at `now`.
pub async fn authenticate(app: &App, secret: &str, now: DateTime<Utc>) -> Result<Option<Principal>, Problem> {
    Keys::new(app.store.clone(), app.signals.clone()).principal(secret, now).await
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
