//! How deep HTML is nested, told before it is parsed.
//!
//! A parser must look through all open elements for some tags (HTML standard, 13.2.4.2), so the time that a page of
//! nothing but opening tags costs grows with the square of their number. Browsers stop nesting at 512.

/// Deeper than any page that people made, and cheap to parse.
const DEPTH_MAX: usize = 1_000;

/// Elements that are never open, or that the next of their kind ends.
const SHORT: [&[u8]; 29] = [
    b"area",
    b"base",
    b"br",
    b"col",
    b"embed",
    b"hr",
    b"img",
    b"input",
    b"link",
    b"meta",
    b"param",
    b"source",
    b"track",
    b"wbr",
    b"p",
    b"li",
    b"dt",
    b"dd",
    b"tr",
    b"td",
    b"th",
    b"thead",
    b"tbody",
    b"tfoot",
    b"option",
    b"optgroup",
    b"colgroup",
    b"html",
    b"body",
];

/// Elements whose content is text whatever it looks like.
const RAW: [&[u8]; 5] = [b"script", b"style", b"textarea", b"title", b"xmp"];

/// Whether more elements are open at once than a page has.
pub(super) fn is_beyond_reason(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut open, mut place) = (0_usize, 0);
    while let Some(at) = memchr(&bytes[place..]) {
        place += at + 1;
        let closes = bytes.get(place) == Some(&b'/');
        let name = name_at(bytes, place + usize::from(closes));
        place += name.len();
        if name.is_empty() || SHORT.iter().any(|short| short.eq_ignore_ascii_case(name)) {
            continue;
        }
        if closes {
            open = open.saturating_sub(1);
            continue;
        }
        if RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
            place = end_of(bytes, place, name);
            continue;
        }
        open += 1;
        if open > DEPTH_MAX {
            return true;
        }
    }
    false
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'<')
}

fn name_at(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return &[];
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    &rest[..rest.iter().position(ends).unwrap_or(rest.len())]
}

/// Where `</name` stands; the end where it does not.
fn end_of(bytes: &[u8], mut place: usize, name: &[u8]) -> usize {
    while let Some(at) = memchr(&bytes[place..]) {
        place += at + 1;
        if bytes.get(place) == Some(&b'/') && name_at(bytes, place + 1).eq_ignore_ascii_case(name) {
            return place;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::is_beyond_reason;

    #[test]
    fn pages_are_within_reason() {
        for page in [
            "<ul>".to_owned() + &"<li><a href=x>y</a>".repeat(10_000) + "</ul>",
            "<p>a<br>b".repeat(10_000),
            "<div></div>".repeat(10_000),
            format!("<script>{}</script>", "'<div>'+".repeat(10_000)),
            "<div>".repeat(900),
            "a < b ".repeat(10_000),
        ] {
            assert!(!is_beyond_reason(&page), "{}", &page[..20]);
        }
    }

    #[test]
    fn a_page_of_opening_tags_is_not() {
        for tag in ["<div>", "<span class=\"a\">", "<DIV/>", "<li><ul>", "<b>", "<x-y>"] {
            assert!(is_beyond_reason(&tag.repeat(10_000)), "{tag}");
        }
    }
}
