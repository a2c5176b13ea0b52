//! The words of a frontier: what is asked, and what became of it.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// A request to be made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewRequest {
    /// What tells it from others of the crawl.
    pub fingerprint: String,
    /// The request as whoever crawls writes it.
    pub request: Value,
    /// The higher, the sooner.
    pub priority: i32,
}

/// A request that was handed out.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TakenRequest {
    /// Its number.
    pub id: i64,
    /// How often it was tried before.
    pub tried: i32,
    /// The request.
    pub request: Value,
    /// The `ETag` of what the spider last read there.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
    /// Its SHA-256, hexadecimal.
    pub hash: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestOutcome {
    /// The page was read.
    Read(PageRead),
    /// It is as the spider knows it.
    Unchanged,
    /// It is to be tried again after so long, and why.
    Again(Duration, String),
    /// It will not be tried again: a code, and why.
    GivenUp(String, String),
}

/// What a page brought.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRead {
    /// Where it was found.
    pub url: String,
    /// The HTTP status.
    pub status: i32,
    /// Bytes of its body.
    pub size_bytes: i64,
    /// SHA-256 of its body, hexadecimal.
    pub hash: String,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`, as it came.
    pub last_modified: Option<String>,
    /// Its records: an array, each as whoever crawls writes it.
    pub items: Value,
    /// What was no record.
    pub rejects: Vec<PageReject>,
    /// Where it leads.
    pub follow: Vec<NewRequest>,
}

/// Something on a page that was no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReject {
    /// The field at fault, where it is one.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// What stood there, shortened.
    pub content: String,
}
