//! Spiders declared by a file: one TOML says where a source is, how to follow it, what a record of it is and how
//! politely it is read. Editing one compiles nothing.
//!
//! [`Declared::parse`] refuses a wrong file with every fault in it, by line. What it gives reads pages as any
//! [`PageSpider`] does, and files as a stream ([`Declared::read`]). It fetches nothing and knows no database: the
//! table is told as text ([`Declared::ddl`]) and compared with what there is ([`Declared::compare`]).
//!
//! [`PageSpider`]: crate::page::PageSpider

mod columns;
mod compare;
mod crawl;
mod csv;
mod ddl;
pub mod draft;
mod fault;
mod field;
mod field_spec;
mod fill;
mod html;
mod json;
mod links;
mod manner;
mod pack;
mod parse;
mod raw;
mod read;
mod record;
mod section;
mod spider;
mod xlsx;

use chrono::{DateTime, Utc};
use mg_core::Table;
use sha2::{Digest, Sha256};
use url::Url;

use crate::page::Engine;

pub use compare::{Existing, Proposal};
pub use fault::Fault;
pub use field::{Field, FieldType, Finding};
pub use field_spec::{FieldSpec, Kind, Wrong};
pub use fill::{Fill, Fills};
pub use html::parse as parse_html;
pub(crate) use html::text_of;
pub use manner::{Edition, Follow, Politeness, Schedule, UrlArgument};
pub use read::{Found, Reading};
pub use record::{Extracted, extract};
pub(crate) use spider::document_base;

/// The label of a page whose links are followed.
pub const LIST: &str = "list";
/// The label of a page that is read and not followed.
pub const DETAIL: &str = "detail";
/// The label of a sitemap or a feed.
pub const MAP: &str = "map";

/// A spider that a file declares.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its name: that of its file.
    pub name: String,
    /// SHA-256 of its file, hexadecimal: what was read by another says nothing of this one.
    pub definition: String,
    /// What it reads, in French.
    pub title_fr: String,
    /// What it reads, in English.
    pub title_en: String,
    /// Who publishes it.
    pub producer: String,
    /// Where its site is; addresses of the file are relative to it.
    pub base: Url,
    /// Where it starts, as written; empty for one that is given its address.
    pub start: Vec<String>,
    /// What is to be said of the address that it is given, for one that takes it.
    pub argument: Option<UrlArgument>,
    /// The hosts that it reads, `*.` before one for those below it.
    pub domains: Vec<String>,
    /// What fetches its pages.
    pub engine: Engine,
    /// What a page of the browser must show before it counts as there.
    pub wait_for: Option<String>,
    /// Whether it obeys robots.txt.
    pub robots: bool,
    /// Where its records go. Its columns are the fields, in their order.
    pub table: Table,
    /// What the table holds, in French.
    pub table_doc_fr: Option<String>,
    /// What the table holds, in English.
    pub table_doc_en: Option<String>,
    /// Which edition records are of.
    pub edition: Edition,
    /// Which links it follows.
    pub follow: Follow,
    /// How it reads a page or a file.
    pub reading: Reading,
    /// What it reads of an item.
    pub fields: Vec<Field>,
    /// How politely it reads.
    pub politeness: Politeness,
    /// When it would be run.
    pub schedule: Option<Schedule>,
}

impl Declared {
    /// The spider that `text` declares, or all that is wrong with it. `file` is what faults call it; the name of the
    /// spider is what stands before `.toml`.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let mut spider = parse::parse(text, file)?;
        spider.definition = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(spider)
    }

    /// The same spider at another place, as a mirror or a local portal is. Its former host is no longer its own.
    pub fn at(mut self, base: Url) -> Self {
        let (former, host) = (self.base.host_str().map(str::to_owned), base.host_str().map(str::to_owned));
        self.domains.retain(|domain| Some(domain) != former.as_ref());
        self.domains.extend(host);
        self.base = base;
        self
    }

    /// The edition of what was fetched at an instant.
    pub fn edition_of(&self, fetched_at: DateTime<Utc>) -> String {
        self.edition.at(fetched_at)
    }

    /// Whether it may read that host.
    pub fn reads_host(&self, host: &str) -> bool {
        self.domains.iter().any(|domain| match domain.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
            None => domain == host,
        })
    }
}
