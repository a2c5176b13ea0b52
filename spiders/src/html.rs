//! Portals that answer with a page of theirs where a file was.

use mg_crawl::CrawlError;
use url::Url;

/// Refuses what begins as a page does. Read as data, it would be told to lack a column.
pub(crate) fn refuse(start: &[u8], url: &Url) -> Result<(), CrawlError> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if !start.starts_with(b"<") {
        return Ok(());
    }
    Err(CrawlError::Format { url: url.clone(), reason: "it is a page (HTML) and not the file".to_owned() })
}
