//! Packed files: gzip by its first bytes, zip by a member of it. Nothing is written to disk, and names in an archive
//! are compared and never used as paths.

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use url::Url;
use zip::ZipArchive;

use crate::CrawlError;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";
/// More files than this in an archive are an attack on whoever lists them.
const MEMBERS_MAX: usize = 10_000;

/// What a body may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    pub(super) limit_bytes: u64,
}

/// All of `body`, which must be within the cap.
pub(super) fn held(body: &mut dyn Read, caps: Caps, url: &Url) -> Result<Vec<u8>, CrawlError> {
    let mut bytes = Vec::new();
    let taken = body.take(caps.limit_bytes.saturating_add(1)).read_to_end(&mut bytes);
    taken.map_err(|source| broken(url, &source))?;
    if bytes.len() as u64 > caps.limit_bytes {
        return Err(CrawlError::TooLarge { url: url.clone(), limit_bytes: caps.limit_bytes });
    }
    Ok(bytes)
}

/// Gives `read` the body, unpacked if it is packed. An archive is held; what is in it streams.
pub(super) fn unpacked<T>(
    body: &mut dyn Read,
    member: Option<&str>,
    caps: Caps,
    url: &Url,
    read: impl FnOnce(&mut dyn Read, Caps, &Url) -> Result<T, CrawlError>,
) -> Result<T, CrawlError> {
    let mut body = BufReader::with_capacity(1 << 16, body);
    let start = body.fill_buf().map_err(|source| broken(url, &source))?;
    if start.starts_with(GZIP) {
        let mut inner = Capped { inner: MultiGzDecoder::new(body), left: caps.limit_bytes };
        return read(&mut inner, caps, url);
    }
    if start.starts_with(ZIP) {
        let mut archive = open(held(&mut body, caps, url)?, url)?;
        let index = member_of(&archive, member, url)?;
        let inner = archive.by_index(index).map_err(|error| no_archive(url, &error.to_string()))?;
        return read(&mut Capped { inner, left: caps.limit_bytes }, caps, url);
    }
    read(&mut body, caps, url)
}

/// The bytes of a workbook, which is an archive itself: taken out of another one if a member is named. Each part of
/// it is unpacked once to see that it keeps within the cap, since who reads workbooks has none.
pub(super) fn workbook(
    body: &mut dyn Read,
    member: Option<&str>,
    caps: Caps,
    url: &Url,
) -> Result<Vec<u8>, CrawlError> {
    let bytes = match member {
        Some(_) => unpacked(body, member, caps, url, held)?,
        None => held(body, caps, url)?,
    };
    let mut archive = open(bytes, url)?;
    let mut left = caps.limit_bytes;
    for index in 0..archive.len() {
        let inner = archive.by_index(index).map_err(|error| no_archive(url, &error.to_string()))?;
        let copied = std::io::copy(&mut Capped { inner, left }, &mut std::io::sink());
        left -= copied.map_err(|source| broken(url, &source))?;
    }
    Ok(archive.into_inner().into_inner())
}

fn open(bytes: Vec<u8>, url: &Url) -> Result<ZipArchive<Cursor<Vec<u8>>>, CrawlError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| no_archive(url, &error.to_string()))?;
    if archive.len() > MEMBERS_MAX {
        return Err(no_archive(url, &format!("it holds more than {MEMBERS_MAX} files")));
    }
    Ok(archive)
}

/// The member whose name, with or without its folders, is as the pattern; the only file if there is none.
fn member_of(
    archive: &ZipArchive<Cursor<Vec<u8>>>,
    pattern: Option<&str>,
    url: &Url,
) -> Result<usize, CrawlError> {
    let names = archive.file_names().enumerate();
    // A name in no encoding that is known is no name that was asked for.
    let mut names = names.filter_map(|(index, name)| Some((index, name.ok()?)));
    let found = match pattern {
        Some(pattern) => names.find(|(_, name)| {
            let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
            !name.ends_with('/') && (is_like(name, pattern) || is_like(last, pattern))
        }),
        None => {
            let mut files = names.filter(|(_, name)| !name.ends_with('/'));
            match (files.next(), files.next()) {
                (only, None) => only,
                _ => return Err(no_archive(url, "it holds several files; name one by `member`")),
            }
        }
    };
    let found = found.map(|(index, _)| index);
    found.ok_or_else(|| no_archive(url, &format!("it holds no file {}", pattern.unwrap_or_default())))
}

/// Whether `name` is as `pattern`, in which `*` stands for any text.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn broken(url: &Url, source: &std::io::Error) -> CrawlError {
    CrawlError::Format { url: url.clone(), reason: format!("it cannot be unpacked: {source}") }
}

fn no_archive(url: &Url, reason: &str) -> CrawlError {
    CrawlError::Format { url: url.clone(), reason: format!("the archive: {reason}") }
}

/// A reader that fails, and does not end in silence, where there is more than is allowed.
pub(crate) struct Capped<R> {
    pub(crate) inner: R,
    pub(crate) left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(std::io::Error::other("it unpacks to more than is allowed")),
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_any_text() {
        for (name, pattern) in
            [("a.csv", "*.csv"), ("a.csv", "a.csv"), ("a-2024-b.csv", "a-*-b*"), ("é", "*")]
        {
            assert!(is_like(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("a.csv", "*.txt"), ("ba.csv", "a*"), ("a.csvx", "*.csv"), ("a", "a*a")] {
            assert!(!is_like(name, pattern), "{name} {pattern}");
        }
    }
}
