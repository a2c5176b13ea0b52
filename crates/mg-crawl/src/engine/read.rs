//! From the bytes of a page to its outcome, on a thread that may block.

use chrono::{DateTime, Utc};

use super::fetch::RawPage;
use super::scope::{Dropped, Scope};
use crate::frontier::{Leased, Outcome, ReadPage};
use crate::page::{Page, PageSpider, Yield};

/// Reads a page with `spider`; links that are not followed are counted.
pub(super) fn read(
    spider: &dyn PageSpider,
    scope: &Scope,
    leased: Leased,
    raw: RawPage,
    fetched_at: DateTime<Utc>,
) -> (Outcome, Dropped) {
    let content_type = raw.content_type.as_deref();
    let page = Page::of(leased.request, raw.url, raw.status, content_type, raw.body, fetched_at);
    if leased.validators.hash.as_ref() == Some(&page.hash) {
        return (Outcome::Unchanged, Dropped::new());
    }
    let size_bytes = page.body.len() as u64;
    let mut found = Yield::default();
    if let Err(error) = spider.parse(&page, &mut found) {
        return (Outcome::Given(error.code(), error.to_string()), Dropped::new());
    }
    let (follow, dropped) = scope.follow(&page.request, !found.items.is_empty(), found.follow);
    let read = ReadPage {
        url: page.url.into(),
        status: page.status,
        size_bytes,
        hash: page.hash,
        validators: raw.validators,
        items: found.items,
        rejects: found.rejects,
        follow,
    };
    (Outcome::Read(read), dropped)
}
