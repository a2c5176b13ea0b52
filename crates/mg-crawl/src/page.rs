//! Pages: what a spider asks for, what it is given, and what it makes of it.
//!
//! A [`PageSpider`] reads one [`Page`] at a time and puts into a [`Yield`] what it found there:
//! items, rejects, and further [`PageRequest`]s. It never fetches; the engine does, politely, and
//! remembers in a [`Frontier`] what is still to be asked for.
//!
//! [`Frontier`]: crate::frontier::Frontier

mod fingerprint;
mod request;
mod response;
mod yields;

pub use fingerprint::{QueryOrder, canonical};
pub use request::{Engine, PageRequest};
pub use response::Page;
pub use yields::{Item, PageReject, Yield};

use crate::CrawlError;

/// A spider that reads pages and follows their links.
pub trait PageSpider: Send + Sync {
    /// Its name; also the name of its dataset.
    fn name(&self) -> &str;

    /// The pages that a crawl begins with.
    fn start(&self) -> Vec<PageRequest>;

    /// Reads one page. Runs on a thread that may block. An error condemns the page, not the crawl.
    fn parse(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError>;
}
