//! The spider engine: fetch politely, extract, yield records. It knows no database.
//!
//! A [`Spider`] says which [`Source`]s a crawl reads and turns the body of each into records
//! of a declared table. The engine fetches ([`Fetcher`]), unpacks and parses ([`extract`]),
//! off the async threads; whoever called it stores what comes out.
//!
//! A [`PageSpider`](page::PageSpider) reads pages and follows their links. The page engine
//! ([`engine::Crawl`]) asks for them, politely, and keeps what is still to be asked in a
//! [`Frontier`](frontier::Frontier).

pub mod browser;
pub mod client;
mod csv_table;
pub mod declared;
pub mod engine;
mod error;
mod extract;
mod fetch;
pub mod frontier;
pub mod guard;
pub mod markdown;
pub mod normalise;
pub mod page;
pub mod proxy;
mod retry;
pub mod robots;
mod spider;
pub mod text;

pub use browser::{Browser, BrowserOptions};
pub use csv_table::{CsvTable, Row, is_insee_code};
pub use error::{CrawlError, FieldError};
pub use extract::{Batch, Extraction, Reject, Sink, extract};
pub use fetch::{Fetched, Fetcher, FetcherOptions, origin_of};
pub use spider::{Argument, CrawlRequest, Source, Spider, SpiderInfo};

/// Installs the process's TLS provider; call it once, before the first fetch.
pub fn init_tls() {
    // An error means that one is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
