//! Bearer tokens: drawn here, kept as hashes, looked up by hash.
//!
//! A token is 256 random bits, so its SHA-256 cannot be guessed back and needs no salt; and
//! looking it up by its hash tells a listener nothing about how near a wrong one was.

use chrono::{DateTime, TimeDelta, Utc};
use mg_core::{OpContext, Principal, Role};
use mg_store::Store;
use mg_store::token::Token;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use crate::Problem;

/// What every token begins with, so that a leaked one can be found by a scanner.
const PREFIX: &str = "mgt_";

/// A token, the one time it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The token itself.
    pub secret: String,
    /// When it ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a token named `name`, for `days` days or for good.
pub async fn create_token(
    ctx: &OpContext,
    store: &Store,
    name: &str,
    role: Role,
    days: Option<u32>,
) -> Result<NewToken, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Problem::new(
            "bad_token_name",
            "A token's name has 1 to 80 characters.",
            "Name who will hold it.",
        ));
    }
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        Problem::new("no_randomness", format!("The system gave no random bytes: {error}."), "Try again.")
    })?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = format!("{PREFIX}{secret}");
    let expires_at = days.map(|days| ctx.now() + TimeDelta::days(i64::from(days)));
    if !store.add_token(name, role.as_str(), &hash(&secret), expires_at).await? {
        return Err(Problem::new(
            "token_exists",
            format!("There is a live token named `{name}` already."),
            "Choose another name, or revoke it first (`mg token revoke`).",
        ));
    }
    Ok(NewToken { secret, expires_at })
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
    let live: Vec<Token> =
        store.tokens().await?.into_iter().filter(|token| token.revoked_at.is_none()).collect();
    Err(Problem::unknown("token", name, live.iter().map(|token| token.name.as_str()), "`mg token list`"))
}

/// Whose token this is, if it is a live one.
pub(crate) async fn authenticate(
    store: &Store,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Principal>, Problem> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let Some(token) = store.live_token(&hash(secret), now).await? else {
        return Ok(None);
    };
    let role = token.role.parse().map_err(|error| {
        Problem::new("internal", format!("The token's role is unknown: {error}."), "Make a new token.")
    })?;
    Ok(Some(Principal { name: token.name, role }))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
