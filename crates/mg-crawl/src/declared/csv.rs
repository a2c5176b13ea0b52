//! Rows of a CSV file, one after the other.

use std::borrow::Cow;
use std::io::Read;

use ::csv::{self, ByteRecord, ReaderBuilder};
use url::Url;

use super::Field;
use super::columns;
use super::raw::Raw;
use super::read::{Charset, Found, Sink};
use super::record::{give, shortened};
use crate::CrawlError;
use crate::page::PageReject;

/// How the file is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    pub(super) delimiter: u8,
    pub(super) charset: Charset,
    pub(super) header: u32,
}

/// Gives `sink` the rows of a file.
pub(super) fn items(
    body: &mut dyn Read,
    format: Format,
    fields: &[Field],
    url: &Url,
    sink: &mut Sink<'_>,
) -> Result<(), CrawlError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(format.delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(body);
    let mut row = ByteRecord::new();
    for _ in 0..format.header {
        if !reader.read_byte_record(&mut row).map_err(|error| broken(url, &error))? {
            return Ok(());
        }
    }
    let header: Vec<String> = row.iter().map(|name| format.charset.text(name).into_owned()).collect();
    let places = columns::places(&header, fields, url)?;
    let mut position = 0;
    while reader.read_byte_record(&mut row).map_err(|error| broken(url, &error))? {
        if row.len() != header.len() {
            let line = row.position().map_or(0, csv::Position::line);
            let reason = format!("line {line} has {} cells where the header has {}", row.len(), header.len());
            let content = shortened(&whole(&row, format));
            sink(Found::Reject(PageReject { field: None, selector: None, reason, content }))?;
            continue;
        }
        let mut columns = places.iter();
        let find = |_: &Field| match columns.next().copied().flatten() {
            Some(column) => match format.charset.text(&row[column]) {
                text if text.trim().is_empty() => Raw::Nothing,
                text => Raw::Text(Cow::Owned(text.into_owned())),
            },
            None => Raw::Text(Cow::Owned(url.as_str().to_owned())),
        };
        give(fields, url, position, find, || shortened(&whole(&row, format)), sink)?;
        position += 1;
    }
    Ok(())
}

impl Charset {
    /// A cell as text, without the mark that begins some files.
    pub(super) fn text(self, cell: &[u8]) -> Cow<'_, str> {
        let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell);
        match self {
            Self::Named(encoding) => encoding.decode_without_bom_handling(cell).0,
            Self::Sniffed => match std::str::from_utf8(cell) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0,
            },
        }
    }
}

fn whole(row: &ByteRecord, format: Format) -> String {
    let delimiter = char::from(format.delimiter).to_string();
    row.iter().map(|cell| format.charset.text(cell)).collect::<Vec<_>>().join(&delimiter)
}

fn broken(url: &Url, error: &csv::Error) -> CrawlError {
    CrawlError::Format { url: url.clone(), reason: format!("the CSV breaks off: {error}") }
}
