//! When two requests are one: the same page, read by the same engine in the same way.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use url::Url;

use super::{Engine, PageRequest};

/// Whether the order of a query's parameters makes another page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QueryOrder {
    /// `?a=1&b=2` and `?b=2&a=1` are one page, as on nearly every site.
    #[default]
    Ignored,
    /// They are two.
    Kept,
}

impl PageRequest {
    /// 32 hexadecimal digits that are the same for requests that mean the same: the canonical URL,
    /// the engine and the label count; depth and priority do not.
    pub fn fingerprint(&self, order: QueryOrder) -> String {
        let mut hasher = Sha256::new();
        hasher.update(match self.engine {
            Engine::Http => [0u8],
            Engine::Browser => [1u8],
        });
        hasher.update(self.label.as_bytes());
        hasher.update([0u8]);
        hasher.update(canonical(&self.url, order).as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        digest[..16].iter().fold(String::with_capacity(32), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// One spelling for all that mean the same (RFC 3986, 6.2.2): no fragment, no empty query, escapes
/// only where they are needed and in capitals. Case, default ports and dot segments are [`Url`]'s work.
pub fn canonical(url: &Url, order: QueryOrder) -> String {
    let mut text = String::with_capacity(url.as_str().len());
    text.push_str(&url[..url::Position::BeforePath]);
    push_normal(&mut text, url.path());
    let Some(query) = url.query().filter(|query| !query.is_empty()) else {
        return text;
    };
    text.push('?');
    match order {
        QueryOrder::Kept => push_normal(&mut text, query),
        QueryOrder::Ignored => {
            let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
            // Stable, and by name alone: the order of one name's values may mean something.
            pairs.sort_by_key(|pair| pair.split('=').next().unwrap_or_default());
            for (index, pair) in pairs.into_iter().enumerate() {
                if index > 0 {
                    text.push('&');
                }
                push_normal(&mut text, pair);
            }
        }
    }
    text
}

fn push_normal(text: &mut String, part: &str) {
    let mut rest = part;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            text.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        rest = &rest[at + 3..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn spellings_of_one_page_are_one() {
        for (a, b) in [
            ("http://Portail.fr:80/a/../b#haut", "http://portail.fr/b"),
            ("http://portail.fr", "http://portail.fr/?"),
            ("http://portail.fr/%7epermis/%c3%a9", "http://portail.fr/~permis/%C3%A9"),
            ("http://portail.fr/é", "http://portail.fr/%C3%A9"),
            ("http://portail.fr/?b=2&a=1&&", "http://portail.fr/?a=1&b=2"),
        ] {
            assert_eq!(
                canonical(&url(a), QueryOrder::Ignored),
                canonical(&url(b), QueryOrder::Ignored),
                "{a}"
            );
        }
    }

    #[test]
    fn pages_that_differ_stay_apart() {
        for (a, b) in [
            ("http://portail.fr/a", "http://portail.fr/a/"),
            ("http://portail.fr/a", "https://portail.fr/a"),
            ("http://portail.fr/?a=1&a=2", "http://portail.fr/?a=2&a=1"),
            ("http://portail.fr/%2F", "http://portail.fr//"),
            ("http://portail.fr/%zz", "http://portail.fr/zz"),
            ("http://portail.fr:8080/", "http://portail.fr/"),
        ] {
            assert_ne!(
                canonical(&url(a), QueryOrder::Ignored),
                canonical(&url(b), QueryOrder::Ignored),
                "{a}"
            );
        }
        let (a, b) = (url("http://portail.fr/?b&a"), url("http://portail.fr/?a&b"));
        assert_ne!(canonical(&a, QueryOrder::Kept), canonical(&b, QueryOrder::Kept));
    }

    #[test]
    fn engine_and_label_count_and_depth_does_not() {
        let list = PageRequest::get(url("http://portail.fr/"), "list");
        let deep = PageRequest { depth: 7, priority: 3, ..list.clone() };
        let detail = PageRequest { label: "detail".to_owned(), ..list.clone() };
        let browser = PageRequest { engine: Engine::Browser, ..list.clone() };
        let print = |request: &PageRequest| request.fingerprint(QueryOrder::Ignored);
        assert_eq!(print(&list), print(&deep));
        assert_ne!(print(&list), print(&detail));
        assert_ne!(print(&list), print(&browser));
        assert_eq!(print(&list).len(), 32);
    }
}
