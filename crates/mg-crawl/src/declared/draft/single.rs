//! A page that is one item, by what it says of itself.

use scraper::Html;
use serde_json::Value as Json;
use url::Url;

use super::guess::{Guess, distinct};
use super::{Sketch, select};
use crate::declared::html::text_of;
use crate::declared::json;

const JSON_LD: &str = "script[type=\"application/ld+json\"]";
const FIELDS_MAX: usize = 20;

/// The fields of JSON-LD, of OpenGraph, and the first heading.
pub(super) fn of(document: &Html, url: &Url) -> Sketch {
    let mut fields = vec![Guess::of("url", vec![("address", "true".to_owned())], &[url.to_string()], None)];
    for script in select(document, JSON_LD) {
        let text: String = script.text().collect();
        if let Ok(thing) = serde_json::from_str::<Json>(text.trim()) {
            let thing = thing.get("@graph").and_then(|graph| graph.get(0)).or(thing.get(0)).unwrap_or(&thing);
            leaves(thing, "", 2, &mut |pointer, value| {
                let name = pointer.replace('/', " ");
                let finding = vec![("selector", JSON_LD.to_owned()), ("pointer", pointer.to_owned())];
                fields.push(Guess::of(&name, finding, &[json::raw(value).shown()], None));
            });
        }
    }
    for meta in select(document, "meta[property^=\"og:\"][content]") {
        let property = meta.attr("property").unwrap_or_default();
        let finding =
            vec![("selector", format!("meta[property=\"{property}\"]")), ("attribute", "content".to_owned())];
        let content = meta.attr("content").unwrap_or_default().to_owned();
        if !property.contains(['"', '\\']) {
            fields.push(Guess::of(&property.replace("og:", ""), finding, &[content], None));
        }
    }
    if let Some(heading) = select(document, "h1").next() {
        let finding = vec![("selector", "h1".to_owned())];
        fields.push(Guess::of("titre", finding, &[text_of(&heading)], None));
    }
    let mut fields: Vec<Guess> = fields.into_iter().flatten().take(FIELDS_MAX).collect();
    // The address alone is no data.
    if fields.len() < 2 {
        fields.clear();
    }
    Sketch { read: Vec::new(), next: None, fields: distinct(fields), items: 1 }
}

/// The texts, numbers and truth values of a document, `depth` objects down, each with its pointer.
pub(super) fn leaves(document: &Json, above: &str, depth: u32, keep: &mut impl FnMut(&str, &Json)) {
    let Some(object) = document.as_object() else { return };
    for (name, value) in object.iter().filter(|(name, _)| !name.starts_with('@')) {
        let pointer = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            Json::Object(_) if depth > 1 => leaves(value, &pointer, depth - 1, keep),
            Json::String(_) | Json::Number(_) | Json::Bool(_) => keep(&pointer, value),
            _ => {}
        }
    }
}
