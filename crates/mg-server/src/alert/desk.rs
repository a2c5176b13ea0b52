//! Looking, making messages, sending them: one round, as often as somebody asks for it.

use std::time::Duration;

use futures::future::join_all;
use mg_store::alert::{AlertMessage, DetectedAlerts, WatchedKpi};
use mg_store::{Store, StoreError};

use super::channels::{Channels, label};
use super::letter::Letter;
use crate::model::Models;

/// Messages that are sent at a time.
const AT_A_TIME: usize = 8;
/// Groups of events that a message tells of in full.
const GROUPS: i64 = 20;
/// How often a message is tried; by then a day has passed.
const ATTEMPTS: i32 = 30;
/// The first wait after a failure, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Tells of what happens. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Alerts {
    store: Store,
    kpis: Vec<WatchedKpi>,
    channels: Channels,
}

/// What a round brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Events that were found.
    pub found: i64,
    /// Messages that were sent.
    pub sent: usize,
    /// Messages that were not, this time.
    pub failed: usize,
}

impl Alerts {
    /// What tells through `channels` of the books in `store` and of the KPIs of `models`.
    pub fn new(store: Store, models: &Models, channels: Channels) -> Self {
        let kpis = models.kpis.iter().map(|kpi| WatchedKpi {
            name: kpi.name.clone(),
            // The DAG that brings a dataset has its name.
            dag: kpi.dataset.clone(),
            stale_after_days: kpi.stale_after_days(),
        });
        Self { store, kpis: kpis.collect(), channels }
    }

    /// Where it tells.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Looks for runs to tell of, makes the messages that are due, and sends what is to be sent.
    pub async fn tick(&self) -> Result<Ticked, StoreError> {
        let found = self.store.detect_run_alerts(self.channels.routes()).await?;
        let mut ticked = Ticked { found: noted(&found), ..Ticked::default() };
        let names = self.channels.names();
        if names.is_empty() {
            return Ok(ticked);
        }
        while self.store.make_alert_message(&names, self.channels.settings().window).await? {}
        loop {
            let taken = self.take(&names).await?;
            if taken.is_empty() {
                return Ok(ticked);
            }
            for sent in join_all(taken.iter().map(|message| self.deliver(message))).await {
                if sent? { ticked.sent += 1 } else { ticked.failed += 1 }
            }
        }
    }

    /// Looks for KPIs to tell of; the next [`Alerts::tick`] does. Gives how many were found.
    pub async fn look_at_kpis(&self) -> Result<i64, StoreError> {
        let found = self.store.detect_stale_kpis(self.channels.routes(), &self.kpis).await?;
        Ok(noted(&found))
    }

    /// Up to so many messages as are sent at a time.
    async fn take(&self, names: &[String]) -> Result<Vec<AlertMessage>, StoreError> {
        // Long enough for the sending and its note; who is silent for longer was lost.
        let lease = 2 * self.channels.settings().timeout + Duration::from_secs(30);
        let mut taken = Vec::new();
        while taken.len() < AT_A_TIME {
            match self.store.take_alert_message(names, lease).await? {
                Some(message) => taken.push(message),
                None => break,
            }
        }
        Ok(taken)
    }

    /// Sends a message, and notes how that went. Between the two this process may be lost: then the
    /// message is sent again.
    async fn deliver(&self, message: &AlertMessage) -> Result<bool, StoreError> {
        let counts = self.store.alert_counts(&message.id).await?;
        let settings = self.channels.settings();
        if counts.is_empty() {
            // Retention has taken away what it was to tell.
            self.store.note_alert_sent(message, settings.window).await?;
            return Ok(false);
        }
        let groups = self.store.alert_groups(&message.id, GROUPS).await?;
        let letter = Letter::new(message, counts, groups, settings.public_url.clone());
        let (channel, dag, attempt) = (label(&message.channel), message.dag.as_str(), message.attempts);
        let Err(failure) = self.channels.send(&letter).await else {
            self.store.note_alert_sent(message, settings.window).await?;
            tracing::info!(channel, dag, message = message.id, "alert sent");
            return Ok(true);
        };
        let asked = failure.retry_after.unwrap_or_default().min(LONGEST_WAIT);
        let again = (attempt < ATTEMPTS).then(|| wait(attempt).max(asked));
        self.store.note_alert_failed(message, &failure.reason, again).await?;
        match again {
            Some(again) => {
                let again_s = again.as_secs();
                tracing::warn!(channel, dag, attempt, again_s, "an alert is not sent yet: {failure}");
            }
            None => tracing::error!(channel, dag, attempt, "an alert was given up: {failure}"),
        }
        Ok(false)
    }
}

fn noted(found: &[DetectedAlerts]) -> i64 {
    for DetectedAlerts { kind, dag, count } in found {
        tracing::warn!(kind = kind.as_str(), dag, count, "something to be told");
    }
    found.iter().map(|found| found.count).sum()
}

/// How long a message that failed `attempts` times waits: twice as long each time.
fn wait(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(16);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}
