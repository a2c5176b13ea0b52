//! What a spider is given.

use std::fmt::Write;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use url::Url;

use super::PageRequest;
use crate::text::{self, Hints};

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

impl Page {
    /// A page of what came: its text decoded, where it is text, and its content hashed.
    pub fn of(
        request: PageRequest,
        url: Url,
        status: u16,
        content_type: Option<&str>,
        body: Bytes,
        fetched_at: DateTime<Utc>,
    ) -> Self {
        let hash = hexadecimal(&Sha256::digest(&body));
        let media_type = content_type.map(media_type);
        let text = if media_type.as_deref().is_none_or(is_text) {
            let top_level_domain = url.domain().and_then(|domain| domain.rsplit('.').next());
            text::decode(&body, Hints { content_type, top_level_domain }).text
        } else {
            String::new()
        };
        Self { request, url, status, media_type, body, text, fetched_at, hash }
    }
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
