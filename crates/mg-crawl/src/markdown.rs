//! A page for reading: what it says of itself, and its content as Markdown, without menus, banners and scripts.
//!
//! What comes out is still a stranger's text. It holds no HTML that would run, and no link but to the web or to an
//! address for mail.

mod meta;
mod prune;

use chrono::NaiveDate;
use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};
use scraper::{ElementRef, Html, Selector};
use serde::Serialize;

use crate::CrawlError;
use crate::declared::{parse_html, text_of};
use crate::normalise::spaces;
use crate::page::Page;

/// Links of a page that are told apart from the text.
const LINKS_MAX: usize = 500;

/// A page for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readable {
    /// Its title.
    pub title: Option<String>,
    /// Its language, as it says: `fr`.
    pub lang: Option<String>,
    /// What it says it is about.
    pub description: Option<String>,
    /// The address that it wants to be known by.
    pub canonical: Option<String>,
    /// The day it was published, if it says so.
    pub published: Option<NaiveDate>,
    /// The headings of its content.
    pub headings: Vec<Heading>,
    /// The links of its content, whole, each once; the first 500.
    pub links: Vec<Link>,
    /// Its content (CommonMark, with tables).
    pub markdown: String,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text.
    pub text: String,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What is shown for it.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// `page` for reading. What is no HTML is its own content.
pub fn of(page: &Page) -> Result<Readable, CrawlError> {
    let is_html = page.media_type.as_deref().is_none_or(|kind| kind.contains("html"));
    if !is_html {
        return Ok(plain(page));
    }
    let document = parse_html(&page.text, &page.url)?;
    let content = content(&document);
    let base = crate::declared::document_base(&document, &page.url);
    let pruned = prune::html(&content, &base);
    let options =
        Options { bullet_list_marker: BulletListMarker::Dash, ul_bullet_spacing: 1, ..Options::default() };
    let markdown = HtmlToMarkdown::builder().options(options).build().convert(&pruned);
    let markdown =
        markdown.map_err(|source| CrawlError::Io { attempted: "write a page as Markdown", source })?;
    Ok(Readable {
        title: meta::title(&document),
        lang: meta::lang(&document),
        description: meta::description(&document),
        canonical: meta::canonical(&document, &base),
        published: meta::published(&document),
        headings: headings(&content),
        links: prune::links(&content, &base, LINKS_MAX),
        markdown: markdown.trim().to_owned(),
    })
}

fn plain(page: &Page) -> Readable {
    Readable {
        title: None,
        lang: None,
        description: None,
        canonical: None,
        published: None,
        headings: Vec::new(),
        links: Vec::new(),
        markdown: page.text.trim().to_owned(),
    }
}

/// Where the content of a page is: what it marks so, or all of it. Who guesses by the length of paragraphs loses the
/// tables of pages of data.
fn content(document: &Html) -> ElementRef<'_> {
    for marked in ["main", "[role=main]", "article", "body"] {
        let selector = Selector::parse(marked).ok();
        let found: Vec<ElementRef<'_>> =
            selector.iter().flat_map(|selector| document.select(selector)).take(2).collect();
        if let [only] = found[..]
            && only.text().any(|text| !text.trim().is_empty())
        {
            return only;
        }
    }
    document.root_element()
}

fn headings(content: &ElementRef<'_>) -> Vec<Heading> {
    let level = |element: &ElementRef<'_>| match element.value().name().as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    };
    let headings = content.descendent_elements().filter(|element| !prune::is_dropped(element.value()));
    headings
        .filter_map(|element| Some(Heading { level: level(&element)?, text: spaces(&text_of(&element)) }))
        .filter(|heading| !heading.text.is_empty())
        .collect()
}
