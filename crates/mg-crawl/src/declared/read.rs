//! Reading a page or a file: from its bytes to items and rejects, one after the other.

use std::io::Read;

use encoding_rs::Encoding;
use scraper::Selector;
use url::Url;

use super::pack::{self, Caps};
use super::{Declared, Kind, csv, html, json, xlsx};
use crate::CrawlError;
use crate::page::{Item, PageReject};
use crate::text::{self, Hints};

/// How a page or a file is read.
#[derive(Debug, Clone)]
pub enum Reading {
    /// A page of HTML.
    Html(Html),
    /// A JSON document.
    Json {
        /// Where its items are (RFC 6901); the document itself is one, or a list of them, when empty.
        list: String,
        /// Which file of an archive it is, `*` for any text.
        member: Option<String>,
        /// Whether it may have no item.
        may_be_empty: bool,
    },
    /// Lines of cells.
    Csv {
        /// What parts the cells.
        delimiter: u8,
        /// How its text is encoded.
        charset: Charset,
        /// The line of the names, from 1.
        header: u32,
        /// Which file of an archive it is, `*` for any text.
        member: Option<String>,
        /// Whether it may have no row.
        may_be_empty: bool,
    },
    /// A sheet of a workbook.
    Xlsx {
        /// Its name; the first without it.
        sheet: Option<String>,
        /// The row of the names, from 1.
        header: u32,
        /// Which file of an archive the workbook is, `*` for any text.
        member: Option<String>,
        /// Whether it may have no row.
        may_be_empty: bool,
    },
}

/// How a page of HTML is read.
#[derive(Debug, Clone)]
pub struct Html {
    /// What is repeated, with its text as written; without it the page is one item.
    pub items: Option<(Selector, String)>,
    /// Whether a page may have none.
    pub may_be_empty: bool,
}

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 cell by cell, and what is not that is windows-1252.
    Sniffed,
    /// This one.
    Named(&'static Encoding),
}

impl Reading {
    /// What fields are found by.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Html(_) => Kind::Html,
            Self::Json { .. } => Kind::Json,
            Self::Csv { .. } | Self::Xlsx { .. } => Kind::Columns,
        }
    }

    /// Whether nothing found on a page is as it should be.
    fn may_be_empty(&self) -> bool {
        match self {
            Self::Html(Html { may_be_empty, .. })
            | Self::Json { may_be_empty, .. }
            | Self::Csv { may_be_empty, .. }
            | Self::Xlsx { may_be_empty, .. } => *may_be_empty,
        }
    }

    /// What was to find the items, as written.
    fn selector(&self) -> Option<&str> {
        match self {
            Self::Html(Html { items, .. }) => items.as_ref().map(|(_, written)| written.as_str()),
            Self::Json { list, .. } => Some(list),
            Self::Csv { .. } | Self::Xlsx { .. } => None,
        }
    }
}

/// What was found, in the order of the page or file.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A record.
    Item(Item),
    /// What is none.
    Reject(PageReject),
}

/// Takes what is found; an error ends the reading.
pub(super) type Sink<'a> = dyn FnMut(Found) -> Result<(), CrawlError> + 'a;

impl Declared {
    /// Reads the items of a page or a file that was found at `url`, and gives each to `sink`. A CSV file is read as a
    /// stream, packed by gzip or zip or not; memory holds one row. `limit_bytes` caps what it unpacks to, and what is
    /// held of a format that cannot be streamed (HTML, JSON, XLSX).
    pub fn read(
        &self,
        url: &Url,
        body: &mut dyn Read,
        limit_bytes: u64,
        sink: &mut dyn FnMut(Found) -> Result<(), CrawlError>,
    ) -> Result<(), CrawlError> {
        self.told(sink, |sink| self.read_items(url, body, Caps { limit_bytes }, sink))
    }

    /// Runs `read`, and says so if it found nothing and that is not as it should be.
    pub(super) fn told(
        &self,
        sink: &mut Sink<'_>,
        read: impl FnOnce(&mut Sink<'_>) -> Result<(), CrawlError>,
    ) -> Result<(), CrawlError> {
        let mut count = 0_u64;
        read(&mut |found| {
            count += 1;
            sink(found)
        })?;
        if count > 0 || self.reading.may_be_empty() {
            return Ok(());
        }
        sink(Found::Reject(PageReject {
            field: None,
            selector: self.reading.selector().map(str::to_owned),
            reason: "nothing was found where the items are; has the page changed?".to_owned(),
            content: String::new(),
        }))
    }

    fn read_items(
        &self,
        url: &Url,
        body: &mut dyn Read,
        caps: Caps,
        sink: &mut Sink<'_>,
    ) -> Result<(), CrawlError> {
        let fields = &self.fields;
        match &self.reading {
            Reading::Html(reading) => {
                let bytes = pack::held(body, caps, url)?;
                let page = html::parse(&text::decode(&bytes, Hints::default()).text, url)?;
                html::items(&page, reading, fields, url, sink)
            }
            Reading::Json { list, member, .. } => {
                let bytes = pack::unpacked(body, member.as_deref(), caps, url, pack::held)?;
                json::items(&bytes, list, fields, url, sink)
            }
            Reading::Csv { delimiter, charset, header, member, .. } => {
                let format = csv::Format { delimiter: *delimiter, charset: *charset, header: *header };
                pack::unpacked(body, member.as_deref(), caps, url, |body, _, _| {
                    csv::items(body, format, fields, url, sink)
                })
            }
            Reading::Xlsx { sheet, header, member, .. } => {
                let bytes = pack::workbook(body, member.as_deref(), caps, url)?;
                xlsx::items(bytes, sheet.as_deref(), *header, fields, url, sink)
            }
        }
    }
}
