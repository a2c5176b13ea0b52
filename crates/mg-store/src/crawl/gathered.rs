//! What the pages of a crawl gave: read back a part at a time, to be loaded.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::CrawlHold;
use crate::StoreError;

/// A page of a crawl with what it gave, now or when it was last read.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct GatheredPage {
    /// The number of its request: what comes after it is asked for by it.
    pub id: i64,
    /// Where it was found.
    pub url: String,
    /// SHA-256 of its body, hexadecimal.
    pub hash: String,
    /// When it was read; before the crawl, for one that has not changed.
    pub read_at: DateTime<Utc>,
    /// Its records, as they were reported.
    pub items: Value,
}

/// What is left of a crawl's requests, by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct CrawlCounts {
    /// Pages that were read.
    pub read: i64,
    /// Pages that had not changed.
    pub unchanged: i64,
    /// Requests that were given up.
    pub given_up: i64,
    /// Requests that wait or are under way.
    pub open: i64,
}

impl CrawlHold {
    /// The next pages that gave something, after the request `after`, in the order of requests.
    pub async fn gathered(&self, after: i64, at_most: i64) -> Result<Vec<GatheredPage>, StoreError> {
        sqlx::query_as(
            "select r.id, p.url, p.hash, p.read_at, p.items
             from mg.crawl_request r
             join mg.crawl_page p on p.spider = $2 and p.fingerprint = r.fingerprint
             where r.crawl_id = $1 and r.id > $3 and r.state in ('read', 'unchanged') and p.items <> '[]'
             order by r.id limit $4",
        )
        .bind(self.id)
        .bind(&self.spider)
        .bind(after)
        .bind(at_most)
        .fetch_all(&self.store.writer)
        .await
        .map_err(StoreError::from_sqlx("reading what a crawl gave"))
    }

    /// How the crawl's requests stand.
    pub async fn counts(&self) -> Result<CrawlCounts, StoreError> {
        sqlx::query_as(
            "select count(*) filter (where state = 'read') as read,
                    count(*) filter (where state = 'unchanged') as unchanged,
                    count(*) filter (where state = 'given_up') as given_up,
                    count(*) filter (where state in ('waiting', 'taken')) as open
             from mg.crawl_request where crawl_id = $1",
        )
        .bind(self.id)
        .fetch_one(&self.store.writer)
        .await
        .map_err(StoreError::from_sqlx("counting requests"))
    }
}
