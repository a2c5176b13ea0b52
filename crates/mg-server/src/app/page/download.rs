//! `download_file`: a file of the web into the data folder.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;
use mg_core::OpContext;
use mg_crawl::client::Limits;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::super::App;
use super::{admitted, succeeded};
use crate::Problem;

/// Longest time for a file.
const TIME: Duration = Duration::from_secs(300);
/// What files begin with that are stored, and their media type and ending. What begins otherwise is stored
/// as text when it is UTF-8, and not at all when it is not.
const KINDS: [(&[u8], &str, &str); 6] = [
    (b"%PDF-", "application/pdf", "pdf"),
    (b"PK\x03\x04", "application/zip", "zip"),
    (b"\x1f\x8b", "application/gzip", "gz"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"PAR1", "application/vnd.apache.parquet", "parquet"),
];

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Download {
    /// Where it was found, after redirects.
    pub url: String,
    /// Its name in folder `downloads` of the data folder: its SHA-256 and its kind's ending. The same file has
    /// the same name.
    pub file: String,
    /// What its content says it is, whatever its server says.
    pub media_type: String,
    /// Its bytes.
    pub size_bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// True when it was there already.
    pub already_there: bool,
}

/// Stores a file of the web in the data folder, under a name made of its content.
pub async fn download_file(ctx: &OpContext, app: &App, url: &str) -> Result<Download, Problem> {
    let url = admitted(ctx, app, url).await?;
    let folder = app.crawl.downloads.clone().ok_or_else(|| {
        let message = "This service has no folder for downloads.";
        Problem::new("downloads_off", message, "The operator sets data_dir.")
    })?;
    let limits = Limits { total_timeout: TIME, body_bytes: app.crawl.download_limit_bytes };
    let mut answer = app.web.agents().get_within(&url, &HeaderMap::new(), limits).await?;
    succeeded(answer.status().as_u16(), answer.url())?;
    let found = answer.url().to_string();
    tokio::fs::create_dir_all(&folder).await.map_err(|error| unwritable(&error))?;
    // Beside its place, so that it is there whole or not at all; gone by itself when the caller leaves.
    let part = tempfile::NamedTempFile::new_in(&folder).map_err(|error| unwritable(&error))?;
    let mut file = tokio::fs::File::from_std(part.reopen().map_err(|error| unwritable(&error))?);
    let (mut hasher, mut begins, mut is_text) = (Sha256::new(), Vec::new(), Utf8::default());
    while let Some(chunk) = answer.chunk().await? {
        hasher.update(&chunk);
        is_text.take(&chunk);
        begins.extend(chunk.iter().take(16_usize.saturating_sub(begins.len())));
        file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
    }
    file.flush().await.map_err(|error| unwritable(&error))?;
    let (media_type, ending) = kind_of(&begins, &is_text).ok_or_else(|| {
        let message =
            format!("{found} is of no kind that is stored: PDF, ZIP (XLSX), gzip, PNG, JPEG, Parquet, text.");
        Problem::new("file_kind_refused", message, "Give the URL of such a file.")
    })?;
    let sha256: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{sha256}.{ending}");
    let place: PathBuf = folder.join(&name);
    let already_there = place.exists();
    if !already_there {
        part.persist(&place).map_err(|error| unwritable(&error.error))?;
    }
    let size_bytes = answer.read_bytes();
    Ok(Download {
        url: found,
        file: name,
        media_type: media_type.to_owned(),
        size_bytes,
        sha256,
        already_there,
    })
}

/// What a file is by its first bytes, and its ending.
fn kind_of(begins: &[u8], text: &Utf8) -> Option<(&'static str, &'static str)> {
    let known = KINDS.iter().find(|(magic, ..)| begins.starts_with(magic));
    match known {
        Some((_, media_type, ending)) => Some((media_type, ending)),
        None => text.is_whole().then_some(("text/plain", "txt")),
    }
}

/// Whether bytes that come in pieces are UTF-8 without the character 0.
#[derive(Default)]
struct Utf8 {
    rest: Vec<u8>,
    is_broken: bool,
}

impl Utf8 {
    fn take(&mut self, chunk: &[u8]) {
        if self.is_broken {
            return;
        }
        self.rest.extend_from_slice(chunk);
        self.is_broken = chunk.contains(&0);
        match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.clear(),
            Err(error) if error.error_len().is_some() => self.is_broken = true,
            // A character that the next piece completes.
            Err(error) => drop(self.rest.drain(..error.valid_up_to())),
        }
    }

    fn is_whole(&self) -> bool {
        !self.is_broken && self.rest.is_empty()
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    // The path stays out of the message.
    Problem::new(
        "download_unwritable",
        format!("The file could not be stored: {}.", error.kind()),
        "The operator looks after the data folder: room, and rights to write.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(pieces: &[&[u8]]) -> Option<&'static str> {
        let mut text = Utf8::default();
        pieces.iter().for_each(|piece| text.take(piece));
        kind_of(&pieces.concat(), &text).map(|(kind, _)| kind)
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        assert_eq!(kind(&[b"%PDF-1.7 ..."]), Some("application/pdf"));
        assert_eq!(kind(&[b"PK\x03\x04", b"\0\0"]), Some("application/zip"));
        assert_eq!(kind(&["commune;prix\nChâ".as_bytes(), "lons".as_bytes()]), Some("text/plain"));
        // In the middle of a character.
        assert_eq!(kind(&[b"\xc3", b"\xa9t\xc3", b"\xa9"]), Some("text/plain"));
        assert_eq!(kind(&[b"\xc3"]), None);
        assert_eq!(kind(&[b"MZ\x90\0"]), None);
        assert_eq!(kind(&[b"\x7fELF\x02\x01\x01\0"]), None);
    }
}
