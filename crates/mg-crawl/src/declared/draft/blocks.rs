//! What is repeated on a page: neighbours of one tag and class, with fields in them.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html};
use url::Url;

use super::guess::{Guess, distinct};
use super::{Sketch, is_around, select, signature};
use crate::declared::html::text_of;

/// Fewer neighbours than this may be chance.
const BLOCKS_MIN: usize = 3;
/// The largest groups are looked at, and no more: a page may have a class for each of its elements.
const GROUPS_MAX: usize = 50;
/// More fields than this in a block are its markup.
const FIELDS_MAX: usize = 20;

/// The blocks with the most fields among them.
pub(super) fn best(document: &Html, url: &Url) -> Option<Sketch> {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for parent in document.root_element().descendent_elements().filter(|parent| !is_around(parent)) {
        let mut neighbours: BTreeMap<String, usize> = BTreeMap::new();
        for child in
            parent.child_elements().filter(|child| !matches!(child.value().name(), "tr" | "td" | "option"))
        {
            *neighbours.entry(signature(&child)).or_default() += 1;
        }
        for (own, count) in neighbours.into_iter().filter(|(_, count)| *count >= BLOCKS_MIN) {
            // A class says enough; a bare `li` is one of that list alone.
            let selector = if own.contains('.') { own } else { format!("{} > {own}", signature(&parent)) };
            let most = groups.entry(selector).or_default();
            *most = count.max(*most);
        }
    }
    let mut groups: Vec<(String, usize)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let sketches =
        groups.into_iter().take(GROUPS_MAX).filter_map(|(selector, _)| sketch(document, selector, url));
    sketches.filter(|sketch| sketch.fields.len() >= 2).max_by_key(|sketch| sketch.items * sketch.fields.len())
}

fn sketch(document: &Html, items: String, url: &Url) -> Option<Sketch> {
    let blocks: Vec<ElementRef<'_>> = select(document, &items).filter(|block| !is_around(block)).collect();
    let mut places: Vec<String> = Vec::new();
    for inner in blocks.iter().flat_map(|block| block.descendent_elements().skip(1)) {
        let own = signature(&inner);
        if says_something(&inner) && !places.contains(&own) && places.len() < FIELDS_MAX {
            places.push(own);
        }
    }
    let mut fields = Vec::new();
    for place in places {
        let found: Vec<Option<ElementRef<'_>>> = blocks.iter().map(|block| first(block, &place)).collect();
        let filled = found.iter().flatten().count();
        if filled * 2 < blocks.len() {
            continue;
        }
        let name = place.split_once('.').map_or(place.as_str(), |(_, class)| class).to_owned();
        let texts: Vec<String> =
            found.iter().map(|one| one.as_ref().map(text_of).unwrap_or_default()).collect();
        fields.extend(Guess::of(&name, vec![("selector", place.clone())], &texts, None));
        for (attribute, prefix) in [("href", "lien"), ("src", "image"), ("datetime", "date")] {
            let values = found
                .iter()
                .map(|one| one.and_then(|one| one.attr(attribute)).unwrap_or_default().to_owned());
            let values: Vec<String> = values.collect();
            let address = (attribute != "datetime").then_some(url);
            let finding = vec![("selector", place.clone()), ("attribute", attribute.to_owned())];
            fields.extend(Guess::of(prefix, finding, &values, address));
        }
    }
    Some(Sketch { read: vec![("items", items)], next: None, fields: distinct(fields), items: blocks.len() })
}

/// Whether an element has text of its own, or leads or shows somewhere.
fn says_something(element: &ElementRef<'_>) -> bool {
    let own = element.children().filter_map(|child| child.value().as_text());
    own.into_iter().any(|text| !text.trim().is_empty())
        || ["href", "src", "datetime"].iter().any(|attribute| element.attr(attribute).is_some())
}

fn first<'a>(block: &ElementRef<'a>, place: &str) -> Option<ElementRef<'a>> {
    block.descendent_elements().skip(1).find(|inner| signature(inner) == place)
}
