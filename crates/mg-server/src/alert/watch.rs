//! The rounds of a process: every few seconds, until it is told to stop.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Alerts;

/// How long a message that is being sent may keep the process from stopping.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// Looks and tells in the background, until [`AlertWatch::stop`].
#[derive(Debug)]
pub struct AlertWatch {
    stop: CancellationToken,
    working: JoinHandle<()>,
}

impl AlertWatch {
    /// Begins.
    pub fn start(alerts: Alerts) -> Self {
        let stop = CancellationToken::new();
        let working = tokio::spawn(work(alerts, stop.clone()));
        Self { stop, working }
    }

    /// Ends. What was about to be sent is sent by another process, or after the next start.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if timeout(LAST_MESSAGE, &mut self.working).await.is_err() {
            self.working.abort();
        }
    }
}

async fn work(alerts: Alerts, stop: CancellationToken) {
    let settings = alerts.channels().settings();
    let mut rounds = interval(settings.tick);
    let mut kpis = interval(settings.kpi_tick);
    for ticks in [&mut rounds, &mut kpis] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = kpis.tick() => alerts.look_at_kpis().await.map(drop),
            _ = rounds.tick() => alerts.tick().await.map(drop),
        };
        if let Err(error) = done {
            tracing::warn!("nobody could be told of what happened, it is tried again: {error}");
        }
    }
}
