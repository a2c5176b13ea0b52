//! A spider at work, without a database.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use mg_core::{Commune, Record};
use mg_crawl::{
    CrawlError, CrawlRequest, Fetched, Fetcher, FetcherOptions, Reject, Source, Spider, extract, origin_of,
};
use mg_portal::{Portal, PortalConfig};
use url::Url;

/// Most bytes of a file, packed or not.
const LIMIT_BYTES: u64 = 64 << 20;

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) records: Vec<Record>,
    pub(crate) rejects: Vec<Reject>,
}

impl<'a> Outcome {
    /// Line, column and reason of each reject.
    pub(crate) fn told(&'a self) -> Vec<(u64, &'a str, &'a str)> {
        let told = |reject: &'a Reject| {
            (reject.line, reject.column.as_deref().unwrap_or(""), reject.reason.as_str())
        };
        self.rejects.iter().map(told).collect()
    }
}

/// The spider of that name, as the platform finds it.
pub(crate) fn spider(name: &str) -> Arc<dyn Spider> {
    mg_spiders::named(name).expect("a spider of that name")
}

/// A local portal with three communes of the territory.
pub(crate) async fn portal() -> Portal {
    let today = "2026-11-15".parse().expect("a day");
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Portal::start(PortalConfig { communes: communes(), today, seed: 7 }, anywhere).await.expect("a portal")
}

fn communes() -> Vec<Commune> {
    let known =
        [("77121", "Collégien", 3_334), ("77243", "Lagny-sur-Marne", 21_191), ("77248", "Lesches", 772)];
    let commune = |(code, nom, population): (&str, &str, i64)| Commune {
        code: code.to_owned(),
        nom: nom.to_owned(),
        population,
    };
    known.into_iter().map(commune).collect()
}

/// What a crawl of all that a spider reads at `base` is asked for, in the year of the portal.
pub(crate) fn request(base: &str) -> CrawlRequest {
    CrawlRequest {
        url: None,
        edition: None,
        datafiles: Vec::new(),
        base: Url::parse(base).expect("a URL"),
        siren: "247700594".to_owned(),
        communes: communes(),
        year: 2026,
    }
}

/// The files that `request` is for.
pub(crate) async fn planned(name: &str, request: &CrawlRequest) -> Result<Vec<Source>, CrawlError> {
    spider(name).plan(request, &fetcher(&request.base)).await
}

/// Fetches a file and reads it; it must be there.
pub(crate) async fn fetched(name: &str, source: &Source) -> Result<Outcome, CrawlError> {
    let body = fetcher(&source.url).fetch(&source.url).await?.expect("a file");
    outcome(name, source.clone(), body).await
}

/// Reads a file of these bytes.
pub(crate) async fn read(name: &str, source: &Source, bytes: &[u8]) -> Result<Outcome, CrawlError> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("room for a file");
    let body = Fetched {
        file,
        size_bytes: bytes.len() as u64,
        last_modified: None,
        unpacked_limit_bytes: LIMIT_BYTES,
        content_type: None,
    };
    outcome(name, source.clone(), body).await
}

async fn outcome(name: &str, source: Source, body: Fetched) -> Result<Outcome, CrawlError> {
    let mut extraction = extract(spider(name), source, body);
    let mut records = Vec::new();
    while let Some(batch) = extraction.batches.recv().await {
        records.extend(batch);
    }
    let rejected = extraction.outcome.await.expect("a parser that does not panic")?;
    assert_eq!(rejected.count, rejected.kept.len() as u64);
    Ok(Outcome { records, rejects: rejected.kept })
}

fn fetcher(at: &Url) -> Fetcher {
    mg_crawl::init_tls();
    let options = FetcherOptions {
        spider: "test".to_owned(),
        allowed_origins: vec![origin_of(at)],
        user_agent: "mg-platform (test)".to_owned(),
        timeout_ms: 20_000,
        body_limit_bytes: LIMIT_BYTES,
    };
    Fetcher::new(options).expect("a fetcher")
}
