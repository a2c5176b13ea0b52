//! robots.txt (RFC 9309): fetched once a host, kept for a day, obeyed.
//!
//! A file that is not there (4xx) forbids nothing; one that cannot be had (5xx, no answer) forbids
//! everything until it can. 429 is taken for the latter, as large crawlers do: who is asked too much
//! has not said yes.

mod rules;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use http::HeaderMap;
use mg_core::Clock;
use robotxt::{BYTE_LIMIT, robots_url};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::{Position, Url};

use crate::client::{Client, ClientError, Limits};
use crate::retry;

pub use rules::RobotsRules;

/// How long what a file said is believed; the RFC's longest (2.4).
const BELIEVED: Duration = Duration::from_secs(24 * 3600);
/// How long a file that could not be had is not asked for again.
const UNREACHABLE: Duration = Duration::from_secs(3600);
/// How often it is asked for before that.
const ATTEMPTS: u32 = 4;
const TIMEOUT: Duration = Duration::from_secs(20);
/// Files are cut at [`BYTE_LIMIT`]; the client's own cap stands a little above.
const FETCHED_BYTES: u64 = 2 * BYTE_LIMIT as u64;

/// The rules of the hosts that were asked. Crawls that share it ask each host once.
pub struct RobotsCache {
    client: Client,
    product: String,
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    asked: Instant,
    rules: Arc<OnceCell<Arc<RobotsRules>>>,
}

/// What asking once gave.
enum Answer {
    Rules(RobotsRules),
    Later(Option<Duration>, String),
}

impl RobotsCache {
    /// A cache that asks with `client`, and is called `product` in the files.
    pub fn new(client: Client, product: &str, clock: Arc<dyn Clock>) -> Self {
        Self { client, product: product.to_owned(), clock, hosts: Mutex::default() }
    }

    /// The rules of the host of `url`; asks for them if they are not known. Whoever asks at the same time
    /// waits for the same answer.
    pub async fn rules(&self, url: &Url) -> Arc<RobotsRules> {
        let rules = self.entry(url);
        rules.get_or_init(|| async { Arc::new(self.ask(url).await) }).await.clone()
    }

    fn entry(&self, url: &Url) -> Arc<OnceCell<Arc<RobotsRules>>> {
        let origin = &url[..Position::BeforePath];
        let now = Instant::now();
        // An entry is put in whole.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = hosts.get(origin).filter(|entry| !entry.is_old(now)) {
            return entry.rules.clone();
        }
        let rules: Arc<OnceCell<_>> = Arc::default();
        hosts.insert(origin.to_owned(), Entry { asked: now, rules: rules.clone() });
        rules
    }

    async fn ask(&self, url: &Url) -> RobotsRules {
        let Ok(url) = robots_url(url) else {
            return RobotsRules::everything();
        };
        let mut attempt = 1;
        loop {
            match self.ask_once(&url).await {
                Answer::Rules(rules) => return rules,
                Answer::Later(_, reason) if attempt == ATTEMPTS => {
                    tracing::info!(%url, "robots.txt cannot be had, so nothing is read there: {reason}");
                    return RobotsRules::unreachable(reason);
                }
                Answer::Later(asked, _) => {
                    let wait = asked.unwrap_or_default().min(retry::LONGEST_WAIT);
                    tokio::time::sleep(wait.max(retry::backoff(attempt, url.as_str()))).await;
                    attempt += 1;
                }
            }
        }
    }

    async fn ask_once(&self, url: &Url) -> Answer {
        let limits = Limits { total_timeout: TIMEOUT, body_bytes: FETCHED_BYTES };
        let mut answer = match self.client.get_within(url, &HeaderMap::new(), limits).await {
            Ok(answer) => answer,
            // Whoever leads on without end has not shown a file (2.3.1.2).
            Err(ClientError::TooManyRedirects { .. }) => return Answer::Rules(RobotsRules::everything()),
            // The guard will refuse the pages as well, and say so of each.
            Err(error @ ClientError::Refused { .. }) if !error.is_passing() && is_of(&error, url) => {
                return Answer::Rules(RobotsRules::everything());
            }
            Err(error) if !error.is_passing() => {
                return Answer::Rules(RobotsRules::unreachable(error.to_string()));
            }
            Err(error) => return Answer::Later(None, error.to_string()),
        };
        let status = answer.status().as_u16();
        match status {
            200..=299 => {}
            429 | 500..=599 => {
                let now = self.clock.now().with_timezone(&Utc);
                let asked = retry::asked_wait(answer.headers(), now);
                return Answer::Later(asked, format!("{url} answered {status}"));
            }
            _ => return Answer::Rules(RobotsRules::everything()),
        }
        let mut text = Vec::new();
        while text.len() <= BYTE_LIMIT {
            match answer.chunk().await {
                Ok(Some(chunk)) => text.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(ClientError::TooLarge { .. }) => break,
                Err(error) => return Answer::Later(None, error.to_string()),
            }
        }
        Answer::Rules(RobotsRules::read(&text, &self.product))
    }
}

impl Entry {
    fn is_old(&self, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.asked);
        match self.rules.get() {
            Some(rules) if rules.is_unreachable() => age > UNREACHABLE,
            _ => age > BELIEVED,
        }
    }
}

fn is_of(error: &ClientError, asked: &Url) -> bool {
    matches!(error, ClientError::Refused { url, .. } if url == asked)
}
