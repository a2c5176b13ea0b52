//! Noting what became of a request: within the transaction of all that is reported with it.

use std::time::Duration;

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{Postgres, Transaction};

use super::{CrawlHold, PageRead};
use crate::StoreError;

/// What is said when one of the statements fails.
const NOTING: &str = "noting outcomes";

/// A text that Postgres can hold.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl CrawlHold {
    /// Pages that were read: the requests end, and what the spider knows of the pages is replaced.
    pub(super) async fn note_read(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        read: &[(i64, &PageRead)],
    ) -> Result<(), StoreError> {
        let ids: Vec<i64> = read.iter().map(|(id, _)| *id).collect();
        let pages = || read.iter().map(|(_, page)| *page);
        sqlx::query(
            "with given as (
                select * from unnest($2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::text[],
                                     $8::text[], $9::jsonb[], $10::jsonb[])
                    as given (id, url, status, size_bytes, hash, etag, last_modified, items, follow)
             ), ended as (
                update mg.crawl_request r
                set state = 'read', tried = tried + 1, ended_at = now(), url = given.url, status = given.status,
                    size_bytes = given.size_bytes, hash = given.hash, reason = null
                from given where r.crawl_id = $1 and r.id = given.id and r.state = 'taken'
                returning r.fingerprint, given.*
             )
             insert into mg.crawl_page as p
                 (spider, definition, fingerprint, url, etag, last_modified, hash, read_at, run_id, items, follow)
             select $11, $13, fingerprint, url, etag, last_modified, hash, now(), $12, items, follow
             from ended order by fingerprint
             on conflict (spider, fingerprint) do update
             set definition = excluded.definition, url = excluded.url, etag = excluded.etag, last_modified = excluded.last_modified,
                 hash = excluded.hash, read_at = excluded.read_at, run_id = excluded.run_id,
                 items = excluded.items, follow = excluded.follow",
        )
        .bind(self.id)
        .bind(ids)
        .bind(pages().map(|page| storable(&page.url)).collect::<Vec<_>>())
        .bind(pages().map(|page| page.status).collect::<Vec<_>>())
        .bind(pages().map(|page| page.size_bytes).collect::<Vec<_>>())
        .bind(pages().map(|page| page.hash.as_str()).collect::<Vec<_>>())
        .bind(pages().map(|page| page.etag.as_deref().map(storable)).collect::<Vec<_>>())
        .bind(pages().map(|page| page.last_modified.as_deref().map(storable)).collect::<Vec<_>>())
        .bind(pages().map(|page| &page.items).collect::<Vec<&Value>>())
        .bind(pages().map(|page| Json(&page.follow)).collect::<Vec<_>>())
        .bind(&self.spider)
        .bind(self.run.0)
        .bind(&self.definition)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx(NOTING))?;
        self.note_rejects(transaction, read).await
    }

    /// Pages that are as the spider knows them: the requests end, and where the pages lead is followed.
    pub(super) async fn note_unchanged(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        ids: &[i64],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "with ended as (
                update mg.crawl_request
                set state = 'unchanged', tried = tried + 1, ended_at = now(), reason = null
                where crawl_id = $1 and id = any ($2) and state = 'taken'
                returning fingerprint
             ), known as (
                select n.* from ended e
                join mg.crawl_page p on p.spider = $3 and p.fingerprint = e.fingerprint
                cross join jsonb_to_recordset(p.follow) as n (fingerprint text, request jsonb, priority int)
             )
             insert into mg.crawl_request (crawl_id, fingerprint, request, priority)
             select distinct on (fingerprint) $1, fingerprint, request, priority from known order by fingerprint
             on conflict (crawl_id, fingerprint) do nothing",
        )
        .bind(self.id)
        .bind(ids)
        .bind(&self.spider)
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx(NOTING))
    }

    /// Puts the rejects of pages in the place of those that they gave before.
    async fn note_rejects(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        read: &[(i64, &PageRead)],
    ) -> Result<(), StoreError> {
        sqlx::query("delete from mg.reject where spider = $1 and source = any ($2)")
            .bind(&self.spider)
            .bind(read.iter().map(|(_, page)| page.url.as_str()).collect::<Vec<_>>())
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::from_sqlx(NOTING))?;
        let rejects: Vec<_> = read
            .iter()
            .flat_map(|(_, page)| {
                page.rejects.iter().zip(1_i64..).map(|(reject, line)| (*page, line, reject))
            })
            .collect();
        if rejects.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into mg.reject (run_id, spider, source, line, column_name, reason, content)
             select $1, $2, * from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])",
        )
        .bind(self.run.0)
        .bind(&self.spider)
        .bind(rejects.iter().map(|(page, _, _)| storable(&page.url)).collect::<Vec<_>>())
        .bind(rejects.iter().map(|(_, line, _)| *line).collect::<Vec<_>>())
        .bind(rejects.iter().map(|(_, _, reject)| reject.field.clone()).collect::<Vec<_>>())
        .bind(rejects.iter().map(|(_, _, reject)| storable(&reject.reason)).collect::<Vec<_>>())
        .bind(rejects.iter().map(|(_, _, reject)| storable(&reject.content)).collect::<Vec<_>>())
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx(NOTING))
    }

    pub(super) async fn again(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        id: i64,
        wait: Duration,
        reason: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update mg.crawl_request
             set state = 'waiting', tried = tried + 1, due_at = now() + make_interval(secs => $3), reason = $4
             where crawl_id = $1 and id = $2 and state = 'taken'",
        )
        .bind(self.id)
        .bind(id)
        .bind(wait.as_secs_f64())
        .bind(storable(reason))
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx(NOTING))
    }

    pub(super) async fn give_up(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        id: i64,
        code: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update mg.crawl_request
             set state = 'given_up', tried = tried + 1, ended_at = now(), code = $3, reason = $4
             where crawl_id = $1 and id = $2 and state = 'taken'",
        )
        .bind(self.id)
        .bind(id)
        .bind(code)
        .bind(storable(reason))
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx(NOTING))
    }
}
