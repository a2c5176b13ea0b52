//! Taking requests from the frontier ahead of need, and knowing when there is none.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::CrawlError;
use crate::frontier::{Frontier, Leased};

/// While others may add to the frontier, it is asked again after this at the latest.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);
/// So many times the concurrency may wait here, where hosts are slow and others may be quicker.
const AHEAD: usize = 8;

/// The line to the frontier.
pub(super) struct Refill {
    frontier: Arc<dyn Frontier>,
    taking: Option<BoxFuture<'static, Result<Taken, CrawlError>>>,
    rest: Rest,
    /// Counts what was reported: what the frontier said before is no longer known.
    reports: u64,
}

struct Taken {
    leased: Vec<Leased>,
    rest: Rest,
    reports: u64,
}

/// What the frontier has besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// There may be more.
    Unknown,
    /// Nothing before this instant.
    After(Instant),
    /// Nothing at all.
    Nothing,
}

impl Refill {
    pub(super) fn new(frontier: Arc<dyn Frontier>) -> Self {
        Self { frontier, taking: None, rest: Rest::Unknown, reports: 0 }
    }

    /// Something was reported: the frontier may have grown.
    pub(super) fn more_may_be(&mut self) {
        self.rest = Rest::Unknown;
        self.reports += 1;
    }

    /// Whether the frontier has said that nothing is left.
    pub(super) fn is_dry(&self) -> bool {
        self.taking.is_none() && self.rest == Rest::Nothing
    }

    /// When it is to be asked again.
    pub(super) fn wake(&self) -> Option<Instant> {
        match self.rest {
            Rest::After(instant) if self.taking.is_none() => Some(instant),
            _ => None,
        }
    }

    /// Begins to take if fewer wait than are soon needed. `starved`: places are free that those who wait
    /// cannot use.
    pub(super) fn consider(&mut self, now: Instant, waiting: usize, starved: bool, concurrency: usize) {
        let wanted = if starved { AHEAD * concurrency } else { 2 * concurrency };
        let due = match self.rest {
            Rest::Unknown => true,
            Rest::After(instant) => instant <= now,
            Rest::Nothing => false,
        };
        // Half empty is soon enough: fewer and larger questions.
        if self.taking.is_some() || !due || waiting > wanted / 2 {
            return;
        }
        let (frontier, reports, count) = (self.frontier.clone(), self.reports, wanted - waiting);
        self.taking = Some(Box::pin(async move {
            let leased = frontier.take(count).await?;
            if leased.len() >= count {
                return Ok(Taken { leased, rest: Rest::Unknown, reports });
            }
            let rest = match frontier.next_due().await? {
                Some(due) => Rest::After(Instant::now() + due.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)),
                None => Rest::Nothing,
            };
            Ok(Taken { leased, rest, reports })
        }));
    }

    /// What is being taken; waits for ever where nothing is. May be dropped and asked again.
    pub(super) async fn taken(&mut self) -> Result<Vec<Leased>, CrawlError> {
        let Some(taking) = &mut self.taking else {
            return pending().await;
        };
        let taken = taking.await;
        self.taking = None;
        let taken = taken?;
        self.rest = if taken.reports == self.reports { taken.rest } else { Rest::Unknown };
        Ok(taken.leased)
    }

    /// What was on its way: it is not to be lost.
    pub(super) async fn stop(&mut self) -> Vec<Leased> {
        match self.taking.take() {
            Some(taking) => taking.await.map(|taken| taken.leased).unwrap_or_default(),
            None => Vec::new(),
        }
    }
}
