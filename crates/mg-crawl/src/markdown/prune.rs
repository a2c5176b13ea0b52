//! The content of a page as little HTML: only elements that Markdown can say, nested no deeper than a writer of
//! Markdown can walk, links whole and to the web alone.

use std::collections::HashSet;

use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{ElementRef, Node};
use url::Url;

use super::Link;
use crate::declared::text_of;
use crate::normalise::spaces;

/// Who turns HTML into Markdown walks it by recursion.
const DEPTH_MAX: usize = 60;

/// Elements that go with all that is in them.
const DROPPED: [&str; 22] = [
    "script", "style", "template", "noscript", "nav", "footer", "aside", "form", "iframe", "svg", "button",
    "input", "select", "textarea", "dialog", "object", "embed", "canvas", "video", "audio", "head", "math",
];
/// Roles of what stands around the content (WAI-ARIA 1.2, 5.3.4).
const ROLES: [&str; 7] =
    ["navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog"];
/// Words in the id or class of what asks for consent: general ones, and the tools that French sites use.
const CONSENT: [&str; 8] =
    ["cookie", "cookies", "consent", "cookiebanner", "tarteaucitronroot", "didomi", "axeptio", "onetrust"];
/// Elements that Markdown can say.
const KEPT: [&str; 35] = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "caption",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "b",
    "i",
    "a",
    "img",
    "div",
    "section",
    "article",
];
/// Elements within a line, which Markdown does not know.
const INLINE: [&str; 24] = [
    "span", "u", "small", "sup", "sub", "font", "abbr", "time", "mark", "cite", "q", "var", "kbd", "samp",
    "s", "del", "ins", "label", "data", "bdi", "bdo", "a", "wbr", "tt",
];
const VOID: [&str; 3] = ["br", "hr", "img"];

/// Whether an element is no content.
pub(super) fn is_dropped(element: &Element) -> bool {
    let asks_for_consent = |text: &str| {
        let text = text.to_ascii_lowercase();
        let mut words = text.split(|one: char| !one.is_ascii_alphanumeric());
        words.any(|word| CONSENT.contains(&word))
    };
    DROPPED.contains(&element.name())
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || element.attr("role").is_some_and(|role| ROLES.contains(&role))
        || (!matches!(element.name(), "main" | "body" | "html" | "article" | "a")
            && [element.attr("id"), element.attr("class")].into_iter().flatten().any(asks_for_consent))
}

/// The content as HTML.
pub(super) fn html(content: &ElementRef<'_>, base: &Url) -> String {
    let mut out = String::new();
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut shown = 0;
    let mut dropped: Option<usize> = None;
    for edge in content.traverse() {
        match edge {
            Edge::Open(node) => {
                let mut written = None;
                match node.value() {
                    Node::Element(element) if dropped.is_none() => {
                        if is_dropped(element) && !open.is_empty() {
                            dropped = Some(open.len());
                        } else if KEPT.contains(&element.name()) && shown < DEPTH_MAX {
                            written = write_tag(&mut out, element, base);
                        }
                    }
                    Node::Text(text) if dropped.is_none() && is_code(&open) => escape(&mut out, text),
                    // Markdown lets HTML through: what was text must stay it.
                    Node::Text(text) if dropped.is_none() => {
                        escape(&mut out, &text.replace('&', "&amp;").replace('<', "&lt;"));
                    }
                    _ => {}
                }
                shown += usize::from(written.is_some());
                open.push(written);
            }
            Edge::Close(node) => {
                let written = open.pop().flatten();
                if let Some(name) = written {
                    shown -= 1;
                    out.push_str(&format!("</{name}>"));
                } else if dropped.is_none()
                    && node.value().as_element().is_some_and(|element| !INLINE.contains(&element.name()))
                {
                    // What stood in two blocks is not one word.
                    out.push(' ');
                }
                if dropped == Some(open.len()) {
                    dropped = None;
                }
            }
        }
    }
    out
}

fn is_code(open: &[Option<&str>]) -> bool {
    open.iter().flatten().any(|name| matches!(*name, "pre" | "code"))
}

/// Writes the tag; its name if it is to be closed.
fn write_tag<'a>(out: &mut String, element: &'a Element, base: &Url) -> Option<&'a str> {
    let name = element.name();
    let mut attributes = String::new();
    match name {
        "a" => attribute(&mut attributes, "href", &address(element.attr("href")?, base)?),
        "img" => {
            let alt = element.attr("alt").filter(|alt| !alt.trim().is_empty())?;
            attribute(&mut attributes, "src", &address(element.attr("src")?, base)?);
            attribute(&mut attributes, "alt", alt);
        }
        "ol" => {
            if let Some(start) = element.attr("start").filter(|start| start.parse::<u32>().is_ok()) {
                attribute(&mut attributes, "start", start);
            }
        }
        "code" => {
            if let Some(class) = element.attr("class").filter(|class| class.starts_with("language-")) {
                attribute(&mut attributes, "class", class);
            }
        }
        _ => {}
    }
    out.push_str(&format!("<{name}{attributes}>"));
    (!VOID.contains(&name)).then_some(name)
}

/// The links of the content, each address once, by the text that comes first.
pub(super) fn links(content: &ElementRef<'_>, base: &Url, most: usize) -> Vec<Link> {
    let mut seen = HashSet::new();
    let mut links = Vec::new();
    let mut dropped: Option<ego_tree::NodeId> = None;
    for edge in content.traverse() {
        match edge {
            Edge::Open(node) if dropped.is_none() && links.len() < most => {
                let Some(element) = ElementRef::wrap(node) else { continue };
                if is_dropped(element.value()) && node.id() != content.id() {
                    dropped = Some(node.id());
                } else if element.value().name() == "a"
                    && let Some(url) = element.attr("href").and_then(|href| address(href, base))
                    && seen.insert(url.clone())
                {
                    links.push(Link { text: spaces(&text_of(&element)), url });
                }
            }
            Edge::Close(node) if dropped == Some(node.id()) => dropped = None,
            _ => {}
        }
    }
    links
}

/// A link made whole; `None` for one that leads neither to the web nor to a mailbox.
fn address(href: &str, base: &Url) -> Option<String> {
    let url = base.join(href.trim()).ok()?;
    let is_same_page = url.fragment().is_some() && href.trim().starts_with('#');
    (matches!(url.scheme(), "http" | "https" | "mailto") && !is_same_page).then(|| url.into())
}

fn attribute(out: &mut String, name: &str, value: &str) {
    out.push_str(&format!(" {name}=\""));
    escape(out, value);
    out.push('"');
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}
