//! What a spider is given.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use url::Url;

use super::PageRequest;

/// A page that was fetched.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub request: PageRequest,
    /// Where it was found, after redirects.
    pub url: Url,
    /// The HTTP status.
    pub status: u16,
    /// Its media type without parameters, in lower case: `text/html`.
    pub media_type: Option<String>,
    /// Its bytes, unpacked.
    pub body: Bytes,
    /// The same as text, in whatever encoding it came; empty where the media type is of no text.
    pub text: String,
    /// When it was fetched; for one out of the cache, when it was fetched first.
    pub fetched_at: DateTime<Utc>,
    /// SHA-256 of the body, in hexadecimal digits.
    pub hash: String,
}
