//! Who is behind a secret that was shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use mg_core::{Principal, Scope};
use mg_store::{Moment, Signals, Store};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::{PREFIX, hash};
use crate::Problem;

/// How long an answer of the database is used again, at most; also how exact `last used` is.
const KEEP_FOR: Duration = Duration::from_secs(30);
/// Secrets that are looked up at a time.
const LOOK_UPS: usize = 4;
/// Principals that are remembered.
const KEPT: usize = 1_024;

/// Looks secrets up, and remembers whose they are until a token changes anywhere: a revoked
/// one opens nothing from the moment that Postgres tells of it. Wrong ones are not remembered.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    store: Store,
    signals: Signals,
    known: Arc<Cache<Vec<u8>, Known>>,
    look_ups: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
struct Known {
    principal: Principal,
    expires_at: Option<DateTime<Utc>>,
    moment: Moment,
    until: Instant,
}

impl Keys {
    pub(crate) fn new(store: Store, signals: Signals) -> Self {
        Self {
            store,
            signals,
            known: Arc::new(Cache::new(KEPT)),
            look_ups: Arc::new(Semaphore::new(LOOK_UPS)),
        }
    }

    /// Whose secret this is, if it is that of a live token at `now`.
    pub(crate) async fn principal(
        &self,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Principal>, Problem> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let hash = hash(secret);
        // Read before the look-up: a change in between makes what is found past.
        let moment = self.signals.tokens();
        if let Some(known) = self.known.get(&hash)
            && Some(known.moment) == moment
            && Instant::now() < known.until
            && known.expires_at.is_none_or(|end| now < end)
        {
            return Ok(Some(known.principal));
        }
        // Whoever guesses waits in a short line and does not take the database from the others.
        let _turn = self.look_ups.acquire().await;
        let Some(token) = self.store.live_token(&hash, now).await? else {
            return Ok(None);
        };
        let role = token.role.parse().map_err(|error| {
            Problem::new("internal", format!("The token's role is unknown: {error}."), "Make a new token.")
        })?;
        let scope = match token.communes {
            Some(codes) => Scope::Communes(codes.into_iter().collect()),
            None => Scope::All,
        };
        let principal = Principal { name: token.name, token: Some(token.id), role, scope };
        if let Some(moment) = moment {
            // The secret before a rotation ends at its own hour.
            let ends = [token.expires_at, token.previous_until.filter(|end| *end > now)];
            let expires_at = ends.into_iter().flatten().min();
            let until = Instant::now() + KEEP_FOR;
            self.known.insert(hash, Known { principal: principal.clone(), expires_at, moment, until });
        }
        Ok(Some(principal))
    }
}
