//! Making a record of what was found of each field.

use mg_core::{Record, Value};
use scraper::Html;
use url::Url;

use super::raw::Raw;
use super::read::{Found, Sink};
use super::{Field, html};
use crate::CrawlError;
use crate::page::{Item, Page, PageReject};

const CONTENT_CHARS: usize = 500;

/// Gives `sink` the record that `find` finds the fields of, or the first field that makes it none. `content` shows
/// the item to whoever reads the reject.
pub(super) fn give(
    fields: &[Field],
    url: &Url,
    position: u32,
    mut find: impl FnMut(&Field) -> Raw<'static>,
    content: impl FnOnce() -> String,
    sink: &mut Sink<'_>,
) -> Result<(), CrawlError> {
    let mut values = Vec::with_capacity(fields.len());
    for field in fields {
        let raw = find(field);
        match field.value(&raw, url) {
            Ok(value) => values.push(value),
            Err(wrong) => {
                let content = if raw == Raw::Nothing { content() } else { raw.shown() };
                return sink(Found::Reject(reject(field, wrong.0, &content)));
            }
        }
    }
    sink(Found::Item(Item { record: Record { values }, position }))
}

fn reject(field: &Field, reason: String, content: &str) -> PageReject {
    PageReject {
        field: Some(field.name.to_string()),
        selector: Some(field.selector.clone()),
        reason,
        content: shortened(content),
    }
}

/// The first of a text, its spaces made single.
pub(super) fn shortened(text: &str) -> String {
    let most = text.char_indices().nth(CONTENT_CHARS * 4).map_or(text.len(), |(at, _)| at);
    crate::normalise::spaces(&text[..most]).chars().take(CONTENT_CHARS).collect()
}

/// What [`extract`] made of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extracted {
    /// The fields and their values, in the order asked for; null where nothing was found or it was no value.
    pub values: Vec<(String, Value)>,
    /// The fields that were found and are no value, or are required and were not found.
    pub rejects: Vec<PageReject>,
}

/// The fields of one page of HTML, each by itself: one that is wrong leaves the others as they are.
pub fn extract(page: &Page, fields: &[Field]) -> Result<Extracted, CrawlError> {
    let document: Html = html::parse(&page.text, &page.url)?;
    let mut extracted = Extracted::default();
    for field in fields {
        let raw = html::find(&document.root_element(), field, &page.url);
        let value = field.value(&raw, &page.url).unwrap_or_else(|wrong| {
            extracted.rejects.push(reject(field, wrong.0, &raw.shown()));
            Value::Null
        });
        extracted.values.push((field.name.to_string(), value));
    }
    Ok(extracted)
}
