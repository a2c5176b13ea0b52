//! What a page says of itself in its head.

use chrono::NaiveDate;
use scraper::{Html, Selector};
use serde_json::Value as Json;
use url::Url;

use crate::declared::text_of;
use crate::normalise::{day, spaces};

pub(super) fn title(document: &Html) -> Option<String> {
    let own = first(document, "head title").or_else(|| first(document, "title"));
    own.or_else(|| attribute(document, "meta[property=\"og:title\"]", "content"))
        .or_else(|| first(document, "h1"))
}

pub(super) fn lang(document: &Html) -> Option<String> {
    attribute(document, "html[lang]", "lang")
}

pub(super) fn description(document: &Html) -> Option<String> {
    let own = attribute(document, "meta[name=\"description\" i]", "content");
    own.or_else(|| attribute(document, "meta[property=\"og:description\"]", "content"))
}

pub(super) fn canonical(document: &Html, base: &Url) -> Option<String> {
    let href = attribute(document, "link[rel~=\"canonical\"]", "href")?;
    let url = base.join(&href).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// The first day that is one, of the places where pages say it.
pub(super) fn published(document: &Html) -> Option<NaiveDate> {
    let said = [
        attribute(document, "meta[property=\"article:published_time\"]", "content"),
        attribute(document, "meta[itemprop=\"datePublished\"]", "content"),
        attribute(document, "meta[name=\"date\" i]", "content"),
        in_json_ld(document),
        attribute(document, "article time[datetime], main time[datetime]", "datetime"),
    ];
    said.into_iter().flatten().find_map(|text| day(&text).ok().flatten())
}

fn in_json_ld(document: &Html) -> Option<String> {
    let selector = Selector::parse("script[type=\"application/ld+json\"]").ok()?;
    document.select(&selector).find_map(|script| {
        let text: String = script.text().collect();
        let thing: Json = serde_json::from_str(text.trim()).ok()?;
        let things = thing.as_array().or_else(|| thing.get("@graph")?.as_array());
        let found = |thing: &Json| thing.get("datePublished")?.as_str().map(str::to_owned);
        found(&thing).or_else(|| things?.iter().find_map(found))
    })
}

fn first(document: &Html, selector: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    let text = document.select(&selector).next().map(|element| spaces(&text_of(&element)))?;
    Some(text).filter(|text| !text.is_empty())
}

fn attribute(document: &Html, selector: &str, name: &str) -> Option<String> {
    let selector = Selector::parse(selector).ok()?;
    let values = document.select(&selector).filter_map(|element| element.attr(name));
    values.map(spaces).find(|value| !value.is_empty())
}
