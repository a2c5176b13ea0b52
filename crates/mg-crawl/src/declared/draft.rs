//! The first draft of a spider's file, made by looking at one page: a table, what is repeated, or what the page says
//! of itself (JSON-LD, OpenGraph); the columns of a CSV file, the list in a JSON document.
//!
//! It is right in form and a guess in all else: whoever asked for it reads and names.

mod blocks;
mod data;
mod guess;
mod single;
mod tables;
mod write;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::html;
use crate::CrawlError;
use crate::page::{Engine, Page};
use guess::Guess;

/// What a draft says of a page.
#[derive(Debug, Default)]
struct Sketch {
    /// The keys of `[read]`, ready to be written.
    read: Vec<(&'static str, String)>,
    next: Option<String>,
    fields: Vec<Guess>,
    /// How many items were seen.
    items: usize,
}

/// The text of a file `name.toml` that reads pages as `page` is.
pub fn of(page: &Page, name: &str) -> Result<String, CrawlError> {
    let media_type = page.media_type.as_deref().unwrap_or_default();
    let sketch = match media_type {
        "application/json" | "application/geo+json" => data::of_json(&page.body, &page.url)?,
        "text/csv" => data::of_csv(&page.body, &page.url)?,
        _ => of_html(&html::parse(&page.text, &page.url)?, &page.url),
    };
    if sketch.fields.is_empty() {
        let reason = "nothing on it looks like a field; a page filled by a script needs --browser".to_owned();
        return Err(CrawlError::Format { url: page.url.clone(), reason });
    }
    Ok(write::file(page, name, page.request.engine == Engine::Browser, &sketch))
}

/// A name for the spider of a page, by the last word of its path, or its host.
pub fn name_of(url: &Url) -> String {
    let mut words = url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty());
    let last = words.next_back().map(|word| word.split('.').next().unwrap_or(word));
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    guess::column_name(last.filter(|word| word.contains(char::is_alphabetic)).unwrap_or(host))
}

fn of_html(document: &Html, url: &Url) -> Sketch {
    let lists = [tables::best(document, url), blocks::best(document, url)];
    let best = lists.into_iter().flatten().max_by_key(|sketch| sketch.items * sketch.fields.len());
    let mut sketch = best.unwrap_or_else(|| single::of(document, url));
    if !sketch.read.is_empty() {
        sketch.next = next(document);
    }
    sketch
}

/// The link to the next page, as its author marked it.
fn next(document: &Html) -> Option<String> {
    let candidates = [
        "a[rel~=\"next\"]",
        "link[rel~=\"next\"]",
        "a.next",
        "a.suivant",
        "a.suivante",
        ".next > a",
        ".pagination-next a",
        "a[aria-label*=\"uivant\"]",
        "a[aria-label=\"Next\"]",
    ];
    let leads = |candidate: &&str| select(document, candidate).any(|link| link.attr("href").is_some());
    candidates.into_iter().find(leads).map(str::to_owned)
}

/// The elements of a selector that a draft made; one that is none matches nothing.
fn select<'a>(document: &'a Html, selector: &str) -> impl Iterator<Item = ElementRef<'a>> + use<'a> {
    let selector = Selector::parse(selector).ok();
    let found: Vec<ElementRef<'a>> =
        selector.map(|selector| document.select(&selector).collect()).unwrap_or_default();
    found.into_iter()
}

/// Whether an element stands where no data are.
fn is_around(element: &ElementRef<'_>) -> bool {
    let around = ["nav", "header", "footer", "head", "script", "select", "svg"];
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .chain([*element])
        .any(|one| around.contains(&one.value().name()))
}

/// `tag.class`, by the first class that can be written as it is.
fn signature(element: &ElementRef<'_>) -> String {
    let plain = |class: &&str| {
        let mut letters = class.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_'))
    };
    match element.value().classes().find(plain) {
        Some(class) => format!("{}.{class}", element.value().name()),
        None => element.value().name().to_owned(),
    }
}
