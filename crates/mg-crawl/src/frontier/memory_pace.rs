//! A pace for one process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use super::Pace;
use crate::CrawlError;

/// Keeps the crawls of one process to one pace a host. Crawls that share it share the pace.
#[derive(Debug, Default)]
pub struct MemoryPace {
    /// The first instant of each host that nobody has booked.
    free: Mutex<HashMap<String, Instant>>,
}

impl MemoryPace {
    fn free(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        // A map of instants is whole whatever its holder was doing when it ended.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace for MemoryPace {
    fn book<'a>(
        &'a self,
        host: &'a str,
        count: u32,
        gap: Duration,
    ) -> BoxFuture<'a, Result<Duration, CrawlError>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut free = self.free();
            let first = free.get(host).copied().map_or(now, |instant| instant.max(now));
            free.insert(host.to_owned(), first + gap.saturating_mul(count));
            Ok(first - now)
        })
    }

    fn hold_off<'a>(&'a self, host: &'a str, time: Duration) -> BoxFuture<'a, Result<(), CrawlError>> {
        Box::pin(async move {
            let until = Instant::now() + time;
            let mut free = self.free();
            let first = free.entry(host.to_owned()).or_insert(until);
            *first = until.max(*first);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Duration = Duration::from_millis(200);

    #[tokio::test(start_paused = true)]
    async fn blocks_follow_each_other() {
        let pace = MemoryPace::default();
        assert_eq!(pace.book("a", 3, GAP).await.expect("booked"), Duration::ZERO);
        assert_eq!(pace.book("a", 1, GAP).await.expect("booked"), GAP * 3);
        assert_eq!(pace.book("b", 1, GAP).await.expect("booked"), Duration::ZERO);
        tokio::time::advance(GAP * 10).await;
        assert_eq!(pace.book("a", 1, GAP).await.expect("booked"), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_is_held_off_for_all() {
        let pace = MemoryPace::default();
        pace.hold_off("a", GAP * 5).await.expect("held");
        pace.hold_off("a", GAP).await.expect("held");
        assert_eq!(pace.book("a", 1, GAP).await.expect("booked"), GAP * 5);
    }
}
