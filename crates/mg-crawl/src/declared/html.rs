//! Items of a page of HTML.

mod depth;

use std::borrow::Cow;
use std::collections::HashMap;

use mg_core::Identifier;
use scraper::{ElementRef, Html, Node};
use serde_json::Value as Json;
use url::Url;

use super::raw::Raw;
use super::read::{Html as Reading, Sink};
use super::record::{give, shortened};
use super::{Field, Finding, json};
use crate::CrawlError;

/// Elements whose text nobody sees.
const UNSEEN: [&str; 4] = ["script", "style", "template", "noscript"];
/// Elements that part words without a space between them in the source.
const BLOCKS: [&str; 24] = [
    "address", "article", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "ol", "p", "section", "table", "td", "tr", "ul",
];

/// A page, however broken its HTML is; one that is nested so deep that only an attack would be is refused.
pub fn parse(text: &str, url: &Url) -> Result<Html, CrawlError> {
    if depth::is_beyond_reason(text) {
        let reason = "its HTML is nested deeper than any page is".to_owned();
        return Err(CrawlError::Format { url: url.clone(), reason });
    }
    Ok(Html::parse_document(text))
}

/// Gives `sink` the items of a page.
pub(super) fn items(
    page: &Html,
    reading: &Reading,
    fields: &[Field],
    url: &Url,
    sink: &mut Sink<'_>,
) -> Result<(), CrawlError> {
    let root = page.root_element();
    let blocks: Vec<ElementRef<'_>> = match &reading.items {
        Some((selector, _)) => page.select(selector).collect(),
        None => vec![root],
    };
    // What the page says once is looked for once, however many items it has.
    let of_page = |field: &Field| field.on_page.then(|| (field.name.clone(), find(&root, field, url)));
    let said: HashMap<Identifier, Raw<'static>> = fields.iter().filter_map(of_page).collect();
    for (position, block) in (0..).zip(blocks) {
        let find = |field: &Field| said.get(&field.name).cloned().unwrap_or_else(|| find(&block, field, url));
        give(fields, url, position, find, || shortened(&text_of(&block)), sink)?;
    }
    Ok(())
}

/// What stands in `item` where `field` is found.
pub(super) fn find(item: &ElementRef<'_>, field: &Field, address: &Url) -> Raw<'static> {
    let Finding::Element { selector, attribute, join, pointer } = &field.finding else {
        return Raw::Text(Cow::Owned(address.as_str().to_owned()));
    };
    let matched: Vec<ElementRef<'_>> = match selector {
        Some(selector) if join.is_some() || pointer.is_some() => item.select(selector).collect(),
        Some(selector) => item.select(selector).take(1).collect(),
        None => vec![*item],
    };
    if let Some(pointer) = pointer {
        return matched.iter().find_map(|element| within(element, pointer)).unwrap_or(Raw::Nothing);
    }
    let texts = matched.iter().filter_map(|element| match attribute {
        Some(attribute) => element.attr(attribute).map(str::to_owned),
        None => Some(text_of(element)),
    });
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() {
        return Raw::Nothing;
    }
    Raw::Text(Cow::Owned(texts.join(join.as_deref().unwrap_or_default())))
}

/// What a pointer finds in the JSON that an element's text is. JSON-LD may be a list of things.
fn within(element: &ElementRef<'_>, pointer: &str) -> Option<Raw<'static>> {
    let text: String = element.text().collect();
    let document: Json = serde_json::from_str(text.trim()).ok()?;
    let found = |document: &Json| document.pointer(pointer).map(json::raw).filter(|raw| *raw != Raw::Nothing);
    let things = document.as_array().or_else(|| document.get("@graph")?.as_array());
    found(&document).or_else(|| things?.iter().find_map(found))
}

/// The text that people see of an element. Where a block begins or ends is a space.
pub(crate) fn text_of(element: &ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut unseen: Option<usize> = None;
    let mut depth = 0;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                depth += 1;
                match node.value() {
                    Node::Element(inner)
                        if unseen.is_none() && UNSEEN.contains(&inner.name()) && depth > 1 =>
                    {
                        unseen = Some(depth);
                    }
                    Node::Element(inner) if BLOCKS.contains(&inner.name()) => text.push(' '),
                    Node::Text(part) if unseen.is_none() => text.push_str(part),
                    _ => {}
                }
            }
            ego_tree::iter::Edge::Close(node) => {
                if unseen == Some(depth) {
                    unseen = None;
                }
                if node.value().as_element().is_some_and(|inner| BLOCKS.contains(&inner.name())) {
                    text.push(' ');
                }
                depth -= 1;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use mg_core::Value;

    use crate::declared::Declared;
    use crate::page::{Page, PageRequest, PageSpider, Yield};

    const SPIDER: &str = "title_fr = \"x\"\ntitle_en = \"x\"\nproducer = \"x\"\nbase = \"http://a.example\"\nstart = [\"/\"]\n\
        [table]\nname = \"fact_x\"\nkey = [\"lot\"]\n[read]\nitems = \"tr\"\n[politeness]\nthrottle = false\n\
        [[field]]\nname = \"lot\"\nselector = \"td\"\nrequired = true\n";

    #[test]
    fn what_the_page_says_once_is_said_of_each_item() {
        let text = format!("{SPIDER}[[field]]\nname = \"titre\"\nselector = \"h1\"\npage = true\n");
        let spider = Declared::parse(&text, "x.toml").expect("a spider");
        assert_eq!(spider.politeness.throttle, Some(false));
        let request = PageRequest::get(spider.base.clone(), crate::declared::LIST);
        let page = Page {
            url: request.url.clone(),
            request,
            status: 200,
            media_type: None,
            body: bytes::Bytes::new(),
            text: "<h1>Montry</h1><table><tr><td>A<tr><td>B</table>".to_owned(),
            fetched_at: chrono::DateTime::UNIX_EPOCH,
            hash: String::new(),
        };
        let mut found = Yield::default();
        spider.parse(&page, &mut found).expect("a page");
        let values: Vec<_> = found.items.into_iter().map(|item| item.record.values).collect();
        let row = |lot: &str| vec![Value::from(lot), Value::from("Montry")];
        assert_eq!(values, [row("A"), row("B")]);
    }

    #[test]
    fn a_field_of_the_page_has_a_selector() {
        let text = format!("{SPIDER}[[field]]\nname = \"titre\"\nattribute = \"id\"\npage = true\n");
        let faults = Declared::parse(&text, "x.toml").expect_err("a fault");
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [20]);
    }
}
