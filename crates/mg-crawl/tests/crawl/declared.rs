//! Spiders declared by a file.

mod draft;
mod faults;
mod files;
mod hostile;
mod pages;
mod portal;
mod shipped;
mod table;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use mg_core::Value;
use mg_crawl::CrawlError;
use mg_crawl::declared::{Declared, Found, LIST};
use mg_crawl::page::{Page, PageReject, PageRequest, PageSpider, Yield};
use url::Url;

/// The instant of every page.
pub(crate) const FETCHED: &str = "2026-11-15T10:00:00Z";

/// A page as the engine hands it over.
pub(crate) fn page(url: &str, media_type: &str, label: &str, body: impl Into<Vec<u8>>) -> Page {
    let url = Url::parse(url).expect("a URL");
    let body: Vec<u8> = body.into();
    Page {
        request: PageRequest::get(url.clone(), label),
        url,
        status: 200,
        media_type: Some(media_type.to_owned()),
        text: String::from_utf8_lossy(&body).into_owned(),
        body: Bytes::from(body),
        fetched_at: FETCHED.parse::<DateTime<Utc>>().expect("an instant"),
        hash: "0".repeat(64),
    }
}

/// A spider of one file, which must be right.
fn spider(text: &str) -> Declared {
    Declared::parse(text, "essai.toml").unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// The head of a file whose rest is under trial.
fn with_head(rest: &str) -> String {
    format!(
        "title_fr = \"Essai\"\ntitle_en = \"Trial\"\nproducer = \"Personne\"\nbase = \"http://site.example\"\n\
         start = [\"/\"]\n{rest}"
    )
}

/// What a spider makes of a page.
fn parsed(spider: &Declared, page: &Page) -> Yield {
    let mut found = Yield::default();
    spider.parse(page, &mut found).expect("a page that can be read");
    found
}

fn list(spider: &Declared, html: &str) -> Yield {
    parsed(spider, &page("http://site.example/", "text/html", LIST, html))
}

/// What a spider reads of a file: its records, and what was none.
fn read(
    spider: &Declared,
    body: &[u8],
    limit: u64,
) -> Result<(Vec<Vec<Value>>, Vec<PageReject>), CrawlError> {
    let (mut records, mut rejects) = (Vec::new(), Vec::new());
    let url = Url::parse("http://site.example/file").expect("a URL");
    spider.read(&url, &mut &body[..], limit, &mut |found| {
        match found {
            Found::Item(item) => records.push(item.record.values),
            Found::Reject(reject) => rejects.push(reject),
        }
        Ok(())
    })?;
    Ok((records, rejects))
}
