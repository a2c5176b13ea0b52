//! From the bytes of a page to its outcome, on a thread that may block.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::fetch::RawPage;
use super::scope::{Dropped, Scope};
use crate::frontier::{Leased, Outcome, ReadPage};
use crate::page::{Page, PageSpider, Yield};
use crate::text::{self, Hints};

/// Reads a page with `spider`; links that are not followed are counted.
pub(super) fn read(
    spider: &dyn PageSpider,
    scope: &Scope,
    leased: Leased,
    raw: RawPage,
    fetched_at: DateTime<Utc>,
) -> (Outcome, Dropped) {
    let hash = hexadecimal(&Sha256::digest(&raw.body));
    if leased.validators.hash.as_ref() == Some(&hash) {
        return (Outcome::Unchanged, Dropped::new());
    }
    let media_type = raw.content_type.as_deref().map(media_type);
    let text = if media_type.as_deref().is_none_or(is_text) { decoded(&raw) } else { String::new() };
    let size_bytes = raw.body.len() as u64;
    let page = Page {
        request: leased.request,
        url: raw.url,
        status: raw.status,
        media_type,
        body: raw.body,
        text,
        fetched_at,
        hash,
    };
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

fn decoded(raw: &RawPage) -> String {
    let domain = raw.url.domain().and_then(|domain| domain.rsplit('.').next());
    let hints = Hints { content_type: raw.content_type.as_deref(), top_level_domain: domain };
    text::decode(&raw.body, hints).text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || ["json", "xml", "javascript", "csv", "x-www-form-urlencoded"]
            .iter()
            .any(|kind| media_type.ends_with(kind))
        || media_type.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_the_rest() {
        for kind in
            ["text/html", "application/json", "application/ld+json", "application/rss+xml", "text/csv"]
        {
            assert!(is_text(kind), "{kind}");
        }
        for kind in ["image/png", "application/pdf", "application/zip", "application/octet-stream"] {
            assert!(!is_text(kind), "{kind}");
        }
        assert_eq!(media_type("Text/HTML ; charset=x"), "text/html");
    }
}
