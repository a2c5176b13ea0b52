//! One pace a host over all workers.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use mg_crawl::CrawlError;
use mg_crawl::frontier::Pace;
use mg_store::Store;

use super::frontier::kept;

/// Books the instants of hosts in Postgres.
pub(super) struct StoredPace {
    store: Store,
}

impl StoredPace {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Pace for StoredPace {
    fn book<'a>(
        &'a self,
        host: &'a str,
        count: u32,
        gap: Duration,
    ) -> BoxFuture<'a, Result<Duration, CrawlError>> {
        async move { self.store.book_host(host, count, gap).await.map_err(kept) }.boxed()
    }

    fn hold_off<'a>(&'a self, host: &'a str, time: Duration) -> BoxFuture<'a, Result<(), CrawlError>> {
        async move { self.store.hold_off_host(host, time).await.map_err(kept) }.boxed()
    }
}
