//! A declared spider at work: what it starts with, and what it makes of a page.

use std::collections::HashSet;

use scraper::{Html, Selector};
use url::Url;

use super::manner::Next;
use super::pack::{self, Caps};
use super::read::{Found, Sink};
use super::{DETAIL, Declared, LIST, MAP, Reading, html, json, links};
use crate::CrawlError;
use crate::page::{Engine, Page, PageRequest, PageSpider, Yield};

/// What a page may unpack to, since all of its items are held: a sitemap has at most 50 MB, says its standard. Who has
/// larger files reads them as a stream ([`Declared::read`]).
const LIMIT_BYTES: u64 = 64 << 20;
/// Pages of items before further lists, so that a crawl cut short has items; maps first, since all comes of them.
const DETAIL_PRIORITY: i32 = 10;
const MAP_PRIORITY: i32 = 20;

impl PageSpider for Declared {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self) -> Vec<PageRequest> {
        let lists = self.start.iter().map(|start| (start, LIST));
        let maps = self.follow.sitemap.iter().chain(&self.follow.feed).map(|map| (map, MAP));
        lists
            .chain(maps)
            .filter_map(|(address, label)| Some(self.request(self.base.join(address).ok()?, label, 0)))
            .collect()
    }

    fn parse(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        match page.request.label.as_str() {
            MAP => self.follow_map(page, found),
            DETAIL => self.read_page(page, found),
            _ => self.read_list(page, found),
        }
    }
}

impl Declared {
    /// The request of one address, as a start page.
    pub fn request_of(&self, url: Url) -> PageRequest {
        self.request(url, LIST, 0)
    }

    fn request(&self, url: Url, label: &str, depth: u32) -> PageRequest {
        let mut request = PageRequest::get(url, label);
        request.depth = depth;
        (request.engine, request.priority) = match label {
            // XML is read as it is sent.
            MAP => (Engine::Http, MAP_PRIORITY),
            DETAIL => (self.engine, DETAIL_PRIORITY),
            _ => (self.engine, 0),
        };
        if request.engine == Engine::Browser {
            request.wait_for.clone_from(&self.wait_for);
        }
        request
    }

    fn read_list(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        match &self.reading {
            Reading::Html(reading) => {
                let document = html::parse(&page.text, &page.url)?;
                self.follow_links(&document, page, found);
                if self.follow.details.is_none() {
                    let read =
                        |sink: &mut Sink<'_>| html::items(&document, reading, &self.fields, &page.url, sink);
                    self.told(&mut into(found), read)?;
                }
                Ok(())
            }
            Reading::Json { .. } => {
                if let Some(Next::Pointer(pointer)) = &self.follow.next {
                    let document = json::document(&page.body, &page.url)?;
                    if let Some(next) = document.pointer(pointer).and_then(serde_json::Value::as_str) {
                        self.follow(page, next, LIST, found);
                    }
                }
                self.read_page(page, found)
            }
            Reading::Csv { .. } | Reading::Xlsx { .. } => self.read_page(page, found),
        }
    }

    /// Items alone. A page of HTML came with its encoding known, a file says its own.
    fn read_page(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        let mut sink = into(found);
        match self.reading {
            Reading::Html(_) => self.read(&page.url, &mut page.text.as_bytes(), LIMIT_BYTES, &mut sink),
            _ => self.read(&page.url, &mut page.body.as_ref(), LIMIT_BYTES, &mut sink),
        }
    }

    fn follow_links(&self, document: &Html, page: &Page, found: &mut Yield) {
        let base = document_base(document, &page.url);
        let mut seen = HashSet::new();
        let mut follow = |selector: &Selector, label| {
            for link in document.select(selector) {
                let address = link.attr("href").and_then(|href| base.join(href.trim()).ok());
                // The links of a page are often there twice, on the picture and on the title.
                if let Some(address) = address.filter(|address| seen.insert((address.clone(), label))) {
                    self.follow(page, address.as_str(), label, found);
                }
            }
        };
        if let Some(Next::Link(next)) = &self.follow.next {
            follow(next, LIST);
        }
        if let Some(details) = &self.follow.details {
            follow(details, DETAIL);
        }
        if let Some(links) = &self.follow.links {
            follow(links, LIST);
        }
    }

    fn follow_map(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        let bytes = pack::unpacked(
            &mut page.body.as_ref(),
            None,
            Caps { limit_bytes: LIMIT_BYTES },
            &page.url,
            pack::held,
        )?;
        let links = links::read(&bytes, &page.url)?;
        links.pages.iter().for_each(|address| self.follow(page, address, DETAIL, found));
        links.maps.iter().for_each(|address| self.follow(page, address, MAP, found));
        Ok(())
    }

    /// Asks for a page that this one leads to, if the spider follows such.
    fn follow(&self, page: &Page, address: &str, label: &str, found: &mut Yield) {
        let depth = page.request.depth + 1;
        let Ok(mut url) = page.url.join(address) else { return };
        url.set_fragment(None);
        let is_ours = matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| self.reads_host(host))
            && self.follow.depth.is_none_or(|most| depth <= most);
        if is_ours && (label == MAP || self.follow.takes(url.as_str())) {
            found.follow.push(self.request(url, label, depth));
        }
    }
}

fn into(found: &mut Yield) -> impl FnMut(Found) -> Result<(), CrawlError> + '_ {
    |one| {
        match one {
            Found::Item(item) => found.items.push(item),
            Found::Reject(reject) => found.rejects.push(reject),
        }
        Ok(())
    }
}

/// Where a page's relative links begin (HTML standard, 4.2.3).
pub(crate) fn document_base(document: &Html, url: &Url) -> Url {
    let base = Selector::parse("base[href]").ok();
    let base = base.and_then(|base| document.select(&base).next()?.attr("href"));
    base.and_then(|href| url.join(href).ok()).unwrap_or_else(|| url.clone())
}
