//! The frontier of a crawl: requests in, some handed out, outcomes noted.

use std::time::Duration;

use sqlx::{Postgres, Transaction};

use super::{CrawlHold, LIGHT, NewRequest, RequestOutcome, TakenRequest};
use crate::StoreError;

impl CrawlHold {
    /// Takes requests in; those that the crawl knows are passed over. Returns how many were new.
    pub async fn add(&self, requests: &[NewRequest]) -> Result<u64, StoreError> {
        let mut transaction = self.begin_light("adding requests").await?;
        let added = self.insert(&mut transaction, requests.iter().collect()).await?;
        transaction.commit().await.map_err(StoreError::from_sqlx("adding requests"))?;
        Ok(added)
    }

    /// Hands out requests that are due, the highest priority first, then those that came first.
    pub async fn take(&self, at_most: usize) -> Result<Vec<TakenRequest>, StoreError> {
        let mut transaction = self.begin_light("taking requests").await?;
        let mut taken: Vec<TakenRequest> = sqlx::query_as(
            "with next as (
                select id from mg.crawl_request
                where crawl_id = $1 and state = 'waiting' and due_at <= now()
                order by priority desc, id limit $2 for update skip locked
             ), taken as (
                update mg.crawl_request r set state = 'taken' from next where r.id = next.id
                returning r.id, r.tried, r.request, r.fingerprint
             )
             select t.id, t.tried, t.request, p.etag, p.last_modified, p.hash
             from taken t left join mg.crawl_page p on p.spider = $3 and p.definition = $4 and p.fingerprint = t.fingerprint",
        )
        .bind(self.id)
        .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
        .bind(&self.spider)
        .bind(&self.definition)
        .fetch_all(&mut *transaction)
        .await
        .map_err(StoreError::from_sqlx("taking requests"))?;
        transaction.commit().await.map_err(StoreError::from_sqlx("taking requests"))?;
        taken.sort_unstable_by_key(|request| request.id);
        Ok(taken)
    }

    /// Notes what became of requests, all or none: pages, what they gave and where they lead commit
    /// together. A request whose outcome was noted before is passed over.
    pub async fn report(&self, outcomes: &[(i64, RequestOutcome)]) -> Result<(), StoreError> {
        let mut transaction = self.begin_light("noting outcomes").await?;
        let mut read = Vec::new();
        let mut unchanged = Vec::new();
        for (id, outcome) in outcomes {
            match outcome {
                RequestOutcome::Read(page) => read.push((*id, page)),
                RequestOutcome::Unchanged => unchanged.push(*id),
                RequestOutcome::Again(wait, reason) => {
                    self.again(&mut transaction, *id, *wait, reason).await?;
                }
                RequestOutcome::GivenUp(code, reason) => {
                    self.give_up(&mut transaction, *id, code, reason).await?;
                }
            }
        }
        if !read.is_empty() {
            self.note_read(&mut transaction, &read).await?;
        }
        if !unchanged.is_empty() {
            self.note_unchanged(&mut transaction, &unchanged).await?;
        }
        let follow: Vec<&NewRequest> = read.iter().flat_map(|(_, page)| &page.follow).collect();
        if !follow.is_empty() {
            self.insert(&mut transaction, follow).await?;
        }
        transaction.commit().await.map_err(StoreError::from_sqlx("noting outcomes"))
    }

    /// How long until a request is due; `None` when none is left. Where all that is left is handed
    /// out, a moment: its outcome may lead on.
    pub async fn next_due(&self) -> Result<Option<Duration>, StoreError> {
        let seconds: Option<f64> = sqlx::query_scalar(
            "select coalesce(
                -- Of no request the least is null, which `greatest` would pass over.
                (select case when count(*) > 0 then greatest(0, extract(epoch from min(due_at) - now())) end::float8
                 from mg.crawl_request where crawl_id = $1 and state = 'waiting'),
                (select 0.05::float8 from mg.crawl_request where crawl_id = $1 and state = 'taken' limit 1))",
        )
        .bind(self.id)
        .fetch_one(&self.store.writer)
        .await
        .map_err(StoreError::from_sqlx("looking for what is due"))?;
        Ok(seconds.map(Duration::from_secs_f64))
    }

    /// Takes back requests that were handed out and not made.
    pub async fn hand_back(&self, ids: &[i64]) -> Result<(), StoreError> {
        let mut transaction = self.begin_light("handing back requests").await?;
        sqlx::query(
            "update mg.crawl_request set state = 'waiting'
             where crawl_id = $1 and id = any ($2) and state = 'taken'",
        )
        .bind(self.id)
        .bind(ids)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::from_sqlx("handing back requests"))?;
        transaction.commit().await.map_err(StoreError::from_sqlx("handing back requests"))
    }

    /// How many requests wait.
    pub async fn waiting(&self) -> Result<u64, StoreError> {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from mg.crawl_request where crawl_id = $1 and state = 'waiting'",
        )
        .bind(self.id)
        .fetch_one(&self.store.writer)
        .await
        .map_err(StoreError::from_sqlx("counting requests"))?;
        Ok(waiting.try_into().unwrap_or_default())
    }

    /// As [`CrawlHold::begin`], for what may be lost with the server: its commit does not wait for the disk.
    /// Where Postgres itself breaks down, the requests of its last second are made again. What they gave
    /// becomes rows by a commit that waits, and that has all before it on disk too.
    async fn begin_light(
        &self,
        attempted: &'static str,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let begun = self.store.writer.begin_with(LIGHT).await;
        self.fenced(begun.map_err(StoreError::from_sqlx(attempted))?, attempted).await
    }

    /// A transaction under the fence: it fails when another attempt has the crawl, or it was closed.
    pub(super) async fn begin(
        &self,
        attempted: &'static str,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let begun = self.store.writer.begin().await;
        self.fenced(begun.map_err(StoreError::from_sqlx(attempted))?, attempted).await
    }

    async fn fenced(
        &self,
        mut transaction: Transaction<'static, Postgres>,
        attempted: &'static str,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let held: Option<bool> = sqlx::query_scalar(
            "select true from mg.crawl where id = $1 and attempt = $2 and finished_at is null for share",
        )
        .bind(self.id)
        .bind(self.attempt)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::from_sqlx(attempted))?;
        match held {
            Some(_) => Ok(transaction),
            None => Err(StoreError::Failed { attempted, reason: "another attempt has the crawl".to_owned() }),
        }
    }

    async fn insert(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        mut requests: Vec<&NewRequest>,
    ) -> Result<u64, StoreError> {
        // In the order of fingerprints, so that two that add the same do not wait for each other in a ring.
        requests.sort_by(|one, other| one.fingerprint.cmp(&other.fingerprint));
        requests.dedup_by(|one, other| one.fingerprint == other.fingerprint);
        sqlx::query(
            "insert into mg.crawl_request (crawl_id, fingerprint, request, priority)
             select $1, * from unnest($2::text[], $3::jsonb[], $4::int[])
             on conflict (crawl_id, fingerprint) do nothing",
        )
        .bind(self.id)
        .bind(requests.iter().map(|request| request.fingerprint.as_str()).collect::<Vec<_>>())
        .bind(requests.iter().map(|request| &request.request).collect::<Vec<_>>())
        .bind(requests.iter().map(|request| request.priority).collect::<Vec<_>>())
        .execute(&mut **transaction)
        .await
        .map(|done| done.rows_affected())
        .map_err(StoreError::from_sqlx("adding requests"))
    }
}
