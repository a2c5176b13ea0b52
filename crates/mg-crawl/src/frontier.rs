//! What a crawl has still to ask for, and what became of what it asked.
//!
//! Kept in memory for a trial, in Postgres for a run, where a crawl that was killed goes on. So the
//! engine asks for requests in batches and reports in batches, and holds nothing that it must not lose.

mod memory;
mod memory_pace;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::CrawlError;
use crate::page::{Item, PageReject, PageRequest};

pub use memory::{Asked, MemoryFrontier};
pub use memory_pace::MemoryPace;

/// A request that was handed out, until its outcome is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The frontier's number for it.
    pub id: i64,
    /// How often it was tried before.
    pub tried: u32,
    /// What is asked for.
    pub request: PageRequest,
    /// What the page's server said of it the last time: `ETag` and `Last-Modified`.
    pub validators: Validators,
}

/// What a conditional request says (RFC 9110, 13.1), and how a page is known that changed nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` of the copy that is held.
    pub etag: Option<String>,
    /// Its `Last-Modified`, as it came.
    pub last_modified: Option<String>,
    /// SHA-256 of its body, hexadecimal, where a page that says the same is to be passed over.
    pub hash: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The page was read.
    Read(ReadPage),
    /// It is as it was when it was read last (304, or the same hash); what it gave then still holds.
    Unchanged,
    /// It is to be tried again after this long.
    Again(Duration, String),
    /// It will not be asked again: a code and why.
    Given(&'static str, String),
}

/// What a page that was read brought.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPage {
    /// Where it was found.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// Bytes of its body, unpacked.
    pub size_bytes: u64,
    /// SHA-256 of its body, hexadecimal.
    pub hash: String,
    /// For the next conditional request.
    pub validators: Validators,
    /// Its records.
    pub items: Vec<Item>,
    /// What was no record.
    pub rejects: Vec<PageReject>,
    /// The pages that it leads to, with the fingerprint of each.
    pub follow: Vec<(String, PageRequest)>,
}

/// Where the requests of a crawl are kept.
pub trait Frontier: Send + Sync {
    /// Takes requests in, each with its fingerprint; those known to this crawl are passed over.
    fn add<'a>(&'a self, requests: Vec<(String, PageRequest)>) -> BoxFuture<'a, Result<(), CrawlError>>;

    /// Hands out up to `at_most` requests that are due, the highest priority first. The engine holds
    /// some of them while their host is to be left alone, so a lease follows the life of who holds it.
    fn take<'a>(&'a self, at_most: usize) -> BoxFuture<'a, Result<Vec<Leased>, CrawlError>>;

    /// Notes outcomes, all or none: pages, items and what they lead to commit together.
    fn report<'a>(&'a self, outcomes: Vec<(i64, Outcome)>) -> BoxFuture<'a, Result<(), CrawlError>>;

    /// How long until something is due; `None` when nothing is left, handed out or waiting. Where all
    /// that is left is handed out, how long until it is worth asking again.
    fn next_due<'a>(&'a self) -> BoxFuture<'a, Result<Option<Duration>, CrawlError>>;

    /// Takes back requests that were handed out and not asked: the crawl stops. Those whose outcome
    /// was reported are passed over. Where leases end by themselves nothing need be done.
    fn hand_back<'a>(&'a self, _ids: Vec<i64>) -> BoxFuture<'a, Result<(), CrawlError>> {
        Box::pin(async { Ok(()) })
    }

    /// How many requests wait, to be shown; `None` where that is not known cheaply.
    fn waiting<'a>(&'a self) -> BoxFuture<'a, Result<Option<u64>, CrawlError>> {
        Box::pin(async { Ok(None) })
    }
}

/// Keeps several workers to one pace a host, without a question a request: instants are booked in blocks.
pub trait Pace: Send + Sync {
    /// Books `count` instants at `host`, `gap` apart, after all that were booked before, whoever booked
    /// them; says how far away the first is.
    fn book<'a>(
        &'a self,
        host: &'a str,
        count: u32,
        gap: Duration,
    ) -> BoxFuture<'a, Result<Duration, CrawlError>>;

    /// Tells all workers that `host` is to be left alone for so long (Retry-After, an open circuit).
    fn hold_off<'a>(&'a self, host: &'a str, time: Duration) -> BoxFuture<'a, Result<(), CrawlError>>;
}
