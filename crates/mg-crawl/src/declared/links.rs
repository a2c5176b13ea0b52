//! The addresses in a sitemap (sitemaps.org, 0.9), an index of sitemaps, or a feed (RSS 2.0 and 1.0, Atom).

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use url::Url;

use crate::CrawlError;

/// A sitemap has at most 50,000 addresses, says its standard.
const ADDRESSES_MAX: usize = 50_000;
/// Both formats need five.
const DEPTH_MAX: usize = 64;

/// What a sitemap or a feed leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// Pages, as written.
    pub(super) pages: Vec<String>,
    /// Further sitemaps.
    pub(super) maps: Vec<String>,
}

/// The addresses in `bytes`; none are read beyond those that a sitemap may have.
pub(super) fn read(bytes: &[u8], url: &Url) -> Result<Links, CrawlError> {
    let broken = |reason: String| CrawlError::Format {
        url: url.clone(),
        reason: format!("the sitemap or feed is no XML: {reason}"),
    };
    let mut reader = Reader::from_reader(bytes);
    let mut links = Links::default();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    while links.pages.len() + links.maps.len() < ADDRESSES_MAX {
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(tag) => {
                links.of_tag(&path, &tag);
                path.push(tag.local_name().as_ref().to_owned());
                text.clear();
                if path.len() > DEPTH_MAX {
                    return Err(broken("it is nested too deep".to_owned()));
                }
            }
            Event::Empty(tag) => links.of_tag(&path, &tag),
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.extend(character(&name)),
            Event::End(_) => {
                links.of_text(&path, text.trim());
                path.pop();
                text.clear();
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    Ok(links)
}

impl Links {
    /// Atom says it in an attribute.
    fn of_tag(&mut self, path: &[String], tag: &BytesStart<'_>) {
        if !(tag.local_name().as_ref() == "link" && path.last().is_some_and(|parent| parent == "entry")) {
            return;
        }
        let value = |name: &str| {
            let attribute = tag.try_get_attribute(name).ok().flatten()?;
            let value = attribute.value.into_owned();
            Some(
                quick_xml::escape::unescape(&value)
                    .map_or_else(|_| value.clone(), |plain| plain.into_owned()),
            )
        };
        if value("rel").is_none_or(|rel| rel == "alternate") {
            self.pages.extend(value("href"));
        }
    }

    fn of_text(&mut self, path: &[String], text: &str) {
        let [.., parent, name] = path else { return };
        let list = match (parent.as_str(), name.as_str()) {
            ("url", "loc") | ("item", "link") => &mut self.pages,
            ("sitemap", "loc") => &mut self.maps,
            _ => return,
        };
        if !text.is_empty() {
            list.push(text.to_owned());
        }
    }
}

/// The character that `&amp;` or `&#38;` stands for. A document's own entities stand for nothing.
fn character(name: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = name.resolve_char_ref() {
        return Some(character);
    }
    match name.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Result<Links, CrawlError> {
        read(text.as_bytes(), &Url::parse("http://portal.example/map.xml").expect("a URL"))
    }

    #[test]
    fn sitemaps_and_their_indexes() {
        let found = links(
            "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc> /a?x=1&amp;y=2 \
             </loc><lastmod>2024</lastmod></url><url><loc><![CDATA[/b]]></loc></url></urlset>",
        );
        assert_eq!(found.expect("a map").pages, ["/a?x=1&y=2", "/b"]);
        let found = links("<sitemapindex><sitemap><loc>/c.xml.gz</loc></sitemap></sitemapindex>");
        assert_eq!(found.expect("an index").maps, ["/c.xml.gz"]);
    }

    #[test]
    fn feeds() {
        let rss =
            "<rss><channel><link>/home</link><item><title>t</title><link>/1</link></item></channel></rss>";
        assert_eq!(links(rss).expect("a feed").pages, ["/1"]);
        let atom = "<feed><link href=\"/home\"/><entry><link rel=\"self\" href=\"/s\"/><link href=\"/2?a&amp;b\"/>\
                    </entry><entry><link rel=\"alternate\" href=\"/3\"></link></entry></feed>";
        assert_eq!(links(atom).expect("a feed").pages, ["/2?a&b", "/3"]);
    }

    #[test]
    fn hostile_xml_costs_little() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cccccccc\"><!ENTITY d \"&b;&b;\">]><urlset><url><loc>/&d;</loc></url></urlset>";
        assert_eq!(links(bomb).expect("a map").pages, ["/"]);
        assert!(links(&"<a>".repeat(100_000)).is_err());
        let many = format!("<urlset>{}</urlset>", "<url><loc>/a</loc></url>".repeat(60_000));
        assert_eq!(links(&many).expect("a map").pages.len(), 50_000);
        assert!(links("<urlset><url></loc></url>").is_err());
    }
}
