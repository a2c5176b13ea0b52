//! The file of communes, out of the archive that it is published in.

use std::io::{BufRead, BufReader, Cursor, Read};

use mg_crawl::CrawlError;
use url::Url;
use zip::ZipArchive;

use crate::html;

/// The file of communes in the archive; the others are of larger areas.
pub(super) const COMMUNES: &str = "donnees_communes.csv";

/// Most bytes of the archive, and of the file in it: some twenty times what they are.
const LIMIT_BYTES: u64 = 48 << 20;

/// Of the names in an archive without it, so many are told.
const NAMES_TOLD: usize = 8;

/// The text of the file of communes: `body` itself, or what is in it where it is an archive.
pub(super) fn communes<'a>(body: &'a mut dyn Read, url: &Url) -> Result<Box<dyn Read + 'a>, CrawlError> {
    let mut body = BufReader::with_capacity(1 << 16, body);
    let start = body.fill_buf().map_err(unreadable)?;
    // A local file header (APPNOTE.TXT, 4.3.7), or the end of an archive without a file (4.3.16).
    if !start.starts_with(b"PK\x03\x04") && !start.starts_with(b"PK\x05\x06") {
        html::refuse(start, url)?;
        return Ok(Box::new(body));
    }
    let broken = |error: &dyn std::fmt::Display| CrawlError::Format {
        url: url.clone(),
        reason: format!("the archive cannot be read: {error}"),
    };
    // What is in an archive is told at its end.
    let archive = read_all(&mut body, url)?.map_err(unreadable)?;
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|error| broken(&error))?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
    let Some(name) = names.iter().find(|name| name.rsplit('/').next() == Some(COMMUNES)) else {
        let (first, more) = names.split_at(names.len().min(NAMES_TOLD));
        let more = if more.is_empty() { "" } else { ", …" };
        let reason = format!("the archive has no {COMMUNES}, it has {}{more}", first.join(", "));
        return Err(CrawlError::Format { url: url.clone(), reason });
    };
    let mut file = archive.by_name(name).map_err(|error| broken(&error))?;
    let text = read_all(&mut file, url)?.map_err(|error| broken(&error))?;
    html::refuse(&text, url)?;
    Ok(Box::new(Cursor::new(text)))
}

/// All there is, unless it is too much.
fn read_all(from: &mut dyn Read, url: &Url) -> Result<std::io::Result<Vec<u8>>, CrawlError> {
    let mut bytes = Vec::new();
    if let Err(error) = from.take(LIMIT_BYTES + 1).read_to_end(&mut bytes) {
        return Ok(Err(error));
    }
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(CrawlError::TooLarge { url: url.clone(), limit_bytes: LIMIT_BYTES });
    }
    Ok(Ok(bytes))
}

fn unreadable(source: std::io::Error) -> CrawlError {
    CrawlError::Io { attempted: "read a fetched file", source }
}
