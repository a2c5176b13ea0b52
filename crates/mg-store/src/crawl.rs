//! Crawls of pages: opened by a task, taken up again by its next attempt, closed with what came of it.
//!
//! The frontier of a crawl ([`CrawlHold`]) and what its pages gave live here, so a crawl that was killed
//! goes on where it was. Whoever works on it holds it by the attempt of its task; an attempt that was
//! given up changes nothing any more.

mod frontier;
mod merge;
mod outcome;
mod pace;
mod request;

use mg_core::RunId;
use serde_json::Value;

pub use merge::StagedCrawl;
pub use request::{NewRequest, PageRead, PageReject, RequestOutcome, TakenRequest};

use crate::task::ClaimedTask;
use crate::{Store, StoreError};

/// Begins a transaction whose commit does not wait for the disk.
const LIGHT: &str = "begin; set local synchronous_commit = off";

/// A crawl in the hands of one attempt of its task.
#[derive(Debug, Clone)]
pub struct CrawlHold {
    pub(crate) store: Store,
    /// Its number.
    pub id: i64,
    /// Its spider.
    pub spider: String,
    pub(crate) definition: String,
    pub(crate) attempt: i32,
    pub(crate) run: RunId,
    /// Whether an attempt before this one had begun it.
    pub is_taken_up: bool,
}

/// How a crawl went, for comparing the next with it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct CrawlYield {
    /// How many pages it read, those that had not changed among them.
    pub pages: i64,
    /// How many records they gave.
    pub items: i64,
    /// How many of these had each field filled: an object of numbers.
    pub fills: Value,
}

impl Store {
    /// The crawl of a task: begun, or taken up where an attempt before left it. What that had taken and
    /// not reported is to be asked again. Of a spider whose `definition` has changed since (a hash of its
    /// file) it is begun anew, and what pages gave before is not looked at.
    pub async fn open_crawl(
        &self,
        task: &ClaimedTask,
        spider: &str,
        definition: &str,
        arguments: &Value,
    ) -> Result<CrawlHold, StoreError> {
        let failed = || StoreError::from_sqlx("opening a crawl");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        sqlx::query(
            "update mg.crawl set finished_at = now(), finish_reason = 'outdated'
             where task_id = $1 and finished_at is null and definition <> $2",
        )
        .bind(task.id.0)
        .bind(definition)
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        let known: Option<i64> = sqlx::query_scalar(
            "update mg.crawl set attempt = $2
             where task_id = $1 and finished_at is null and attempt <= $2 returning id",
        )
        .bind(task.id.0)
        .bind(task.attempt)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        let id: i64 = match known {
            Some(id) => {
                sqlx::query(
                    "update mg.crawl_request set state = 'waiting', tried = tried + 1
                     where crawl_id = $1 and state = 'taken'",
                )
                .bind(id)
                .execute(&mut *transaction)
                .await
                .map_err(failed())?;
                id
            }
            None => sqlx::query_scalar(
                "insert into mg.crawl (spider, definition, arguments, run_id, task_id, attempt)
                 values ($1, $2, $3, $4, $5, $6) returning id",
            )
            .bind(spider)
            .bind(definition)
            .bind(arguments)
            .bind(task.run.0)
            .bind(task.id.0)
            .bind(task.attempt)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed())?,
        };
        transaction.commit().await.map_err(failed())?;
        Ok(CrawlHold {
            store: self.clone(),
            id,
            spider: spider.to_owned(),
            definition: definition.to_owned(),
            attempt: task.attempt,
            run: task.run,
            is_taken_up: known.is_some(),
        })
    }

    /// How the last crawls of a spider with these arguments went that were done, newest first.
    pub async fn crawl_yields(
        &self,
        spider: &str,
        arguments: &Value,
        at_most: i64,
    ) -> Result<Vec<CrawlYield>, StoreError> {
        sqlx::query_as(
            "select pages, items, coalesce(fills, '{}') as fills from mg.crawl
             where spider = $1 and arguments = $2 and finish_reason = 'done'
             order by id desc limit $3",
        )
        .bind(spider)
        .bind(arguments)
        .bind(at_most)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading how crawls went"))
    }
}

/// How a crawl's requests stand.
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

    /// Closes the crawl: for what reason it ended, what it yielded, and its statistics. `false` when
    /// another attempt has it.
    pub async fn close(
        &self,
        reason: &str,
        yielded: &CrawlYield,
        statistics: &Value,
    ) -> Result<bool, StoreError> {
        let closed = sqlx::query(
            "update mg.crawl set finished_at = now(), finish_reason = $3, pages = $4, items = $5, fills = $6, stats = $7
             where id = $1 and attempt = $2 and finished_at is null",
        )
        .bind(self.id)
        .bind(self.attempt)
        .bind(reason)
        .bind(yielded.pages)
        .bind(yielded.items)
        .bind(&yielded.fills)
        .bind(statistics)
        .execute(&self.store.writer)
        .await
        .map_err(StoreError::from_sqlx("closing a crawl"))?;
        Ok(closed.rows_affected() == 1)
    }
}
