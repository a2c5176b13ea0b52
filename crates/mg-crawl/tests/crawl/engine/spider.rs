//! The tests' spider: reads `li.item` and follows `a[href]`.

use std::sync::Arc;

use mg_core::{Record, Value};
use mg_crawl::CrawlError;
use mg_crawl::page::{Item, Page, PageReject, PageRequest, PageSpider, Yield};
use scraper::{Html, Selector};
use url::Url;

/// What is done before a page is read.
pub(super) type Before = Arc<dyn Fn(&Page) -> Result<(), CrawlError> + Send + Sync>;

/// Reads items and follows links from these pages on.
pub(super) struct Links {
    pub(super) start: Vec<Url>,
    pub(super) before: Option<Before>,
}

impl Links {
    pub(super) fn from(start: &[Url]) -> Self {
        Self { start: start.to_vec(), before: None }
    }
}

impl PageSpider for Links {
    fn name(&self) -> &str {
        "links"
    }

    fn start(&self) -> Vec<PageRequest> {
        self.start.iter().map(|url| PageRequest::get(url.clone(), "page")).collect()
    }

    fn parse(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        if let Some(before) = &self.before {
            before(page)?;
        }
        let document = Html::parse_document(&page.text);
        let select = |css| Selector::parse(css).expect("a selector");
        for (position, item) in document.select(&select("li.item")).enumerate() {
            let text: String = item.text().collect();
            if text.is_empty() {
                let reason = "it is empty".to_owned();
                found.rejects.push(PageReject { field: None, selector: None, reason, content: text });
                continue;
            }
            let record = Record { values: vec![Value::Text(text)] };
            found.items.push(Item { record, position: u32::try_from(position).expect("few items") });
        }
        for link in document.select(&select("a[href]")) {
            if let Ok(url) = page.url.join(link.attr("href").unwrap_or_default()) {
                found.follow.push(PageRequest::get(url, "page"));
            }
        }
        Ok(())
    }
}
