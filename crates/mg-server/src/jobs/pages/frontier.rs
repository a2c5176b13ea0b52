//! The frontier of a crawl, kept in Postgres: the engine's words in those of the store.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use mg_core::{Column, Record, Value};
use mg_crawl::CrawlError;
use mg_crawl::frontier::{Frontier, Leased, Outcome, ReadPage, Validators};
use mg_crawl::page::{PageReject, PageRequest};
use mg_store::StoreError;
use mg_store::crawl::{self, CrawlHold, NewRequest, PageRead, RequestOutcome, TakenRequest};
use serde_json::json;

/// How often the store is asked again when it cannot answer at present.
const PATIENCE: u32 = 30;

/// The frontier of one crawl.
pub(super) struct StoredFrontier {
    crawl: CrawlHold,
    columns: Vec<Column>,
}

impl StoredFrontier {
    /// `columns`: those of the spider's table, in which order its records come.
    pub(super) fn new(crawl: CrawlHold, columns: Vec<Column>) -> Self {
        Self { crawl, columns }
    }

    fn outcome(&self, outcome: Outcome) -> Result<RequestOutcome, CrawlError> {
        Ok(match outcome {
            Outcome::Read(page) => RequestOutcome::Read(self.page(page)?),
            Outcome::Unchanged => RequestOutcome::Unchanged,
            Outcome::Again(wait, reason) => RequestOutcome::Again(wait, reason),
            Outcome::Given(code, reason) => RequestOutcome::GivenUp(code.to_owned(), reason),
        })
    }

    fn page(&self, page: ReadPage) -> Result<PageRead, CrawlError> {
        let items = page.items.iter().map(|item| cells(&item.record, &self.columns)).collect();
        Ok(PageRead {
            url: page.url,
            status: i32::from(page.status),
            size_bytes: i64::try_from(page.size_bytes).unwrap_or(i64::MAX),
            hash: page.hash,
            etag: page.validators.etag,
            last_modified: page.validators.last_modified,
            items,
            rejects: page.rejects.into_iter().map(reject).collect(),
            follow: page.follow.into_iter().map(request).collect::<Result<_, _>>()?,
        })
    }
}

impl Frontier for StoredFrontier {
    fn add<'a>(&'a self, requests: Vec<(String, PageRequest)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        async move {
            let requests: Vec<_> = requests.into_iter().map(request).collect::<Result<_, _>>()?;
            let mut patience = Patience::default();
            loop {
                match self.crawl.add(&requests).await {
                    Ok(_) => return Ok(()),
                    Err(error) => patience.bear(error).await?,
                }
            }
        }
        .boxed()
    }

    fn take<'a>(&'a self, at_most: usize) -> BoxFuture<'a, Result<Vec<Leased>, CrawlError>> {
        async move {
            let mut patience = Patience::default();
            loop {
                match self.crawl.take(at_most).await {
                    Ok(taken) => return taken.into_iter().map(leased).collect(),
                    Err(error) => patience.bear(error).await?,
                }
            }
        }
        .boxed()
    }

    fn report<'a>(&'a self, outcomes: Vec<(i64, Outcome)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        async move {
            let outcomes: Vec<_> = outcomes
                .into_iter()
                .map(|(id, outcome)| Ok((id, self.outcome(outcome)?)))
                .collect::<Result<_, CrawlError>>()?;
            let mut patience = Patience::default();
            loop {
                match self.crawl.report(&outcomes).await {
                    Ok(()) => return Ok(()),
                    // What was noted before its answer was lost is passed over the second time.
                    Err(error) => patience.bear(error).await?,
                }
            }
        }
        .boxed()
    }

    fn next_due<'a>(&'a self) -> BoxFuture<'a, Result<Option<Duration>, CrawlError>> {
        async move {
            let mut patience = Patience::default();
            loop {
                match self.crawl.next_due().await {
                    Ok(due) => return Ok(due),
                    Err(error) => patience.bear(error).await?,
                }
            }
        }
        .boxed()
    }

    fn hand_back<'a>(&'a self, ids: Vec<i64>) -> BoxFuture<'a, Result<(), CrawlError>> {
        async move { self.crawl.hand_back(&ids).await.map_err(kept) }.boxed()
    }

    fn waiting<'a>(&'a self) -> BoxFuture<'a, Result<Option<u64>, CrawlError>> {
        async move { self.crawl.waiting().await.map(Some).map_err(kept) }.boxed()
    }
}

/// Bears with a Postgres that is away for a while: a crawl outlasts its restart.
#[derive(Default)]
struct Patience {
    times: u32,
}

impl Patience {
    /// Waits a moment before the next try; fails with what cannot pass, or has not passed for long.
    async fn bear(&mut self, error: StoreError) -> Result<(), CrawlError> {
        if !error.is_passing() || self.times == PATIENCE {
            return Err(kept(error));
        }
        self.times += 1;
        tracing::debug!("the frontier waits for Postgres: {error}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }
}

/// An error of the store as one of the crawl.
pub(super) fn kept(error: StoreError) -> CrawlError {
    CrawlError::Io { attempted: "keep the crawl's books", source: std::io::Error::other(error) }
}

fn request((fingerprint, request): (String, PageRequest)) -> Result<NewRequest, CrawlError> {
    let priority = request.priority;
    let request = serde_json::to_value(request).map_err(unreadable)?;
    Ok(NewRequest { fingerprint, request, priority })
}

fn leased(taken: TakenRequest) -> Result<Leased, CrawlError> {
    let TakenRequest { id, tried, request, etag, last_modified, hash } = taken;
    Ok(Leased {
        id,
        tried: u32::try_from(tried).unwrap_or_default(),
        request: serde_json::from_value(request).map_err(unreadable)?,
        validators: Validators { etag, last_modified, hash },
    })
}

fn unreadable(error: serde_json::Error) -> CrawlError {
    CrawlError::Io { attempted: "read a request of the frontier", source: std::io::Error::other(error) }
}

fn reject(reject: PageReject) -> crawl::PageReject {
    let reason = match &reject.selector {
        Some(selector) => format!("`{selector}`: {}", reject.reason),
        None => reject.reason,
    };
    crawl::PageReject { field: reject.field, reason, content: reject.content }
}

/// A record as an array, in the order of its table's columns.
fn cells(record: &Record, columns: &[Column]) -> serde_json::Value {
    record
        .values
        .iter()
        .take(columns.len())
        .map(|value| match value {
            Value::Null => serde_json::Value::Null,
            // Neither text nor jsonb of Postgres can hold the character 0.
            Value::Text(text) => json!(text.replace('\0', "\u{fffd}")),
            Value::Integer(number) => json!(number),
            Value::Float(number) => json!(number),
            Value::Date(day) => json!(day.to_string()),
        })
        .collect()
}
