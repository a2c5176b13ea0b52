//! The `<meta>` tags at the head of a page, found without building its tree.
//!
//! The encoding must be known before a parser can begin, and whether a page only sends its reader
//! elsewhere before a spider is asked. What a reader without scripts would not see is passed over:
//! comments, and the insides of `script`, `style`, `noscript`, `title`, `textarea` and `template`.

/// Elements whose insides are no markup, or none for us.
const OPAQUE: [&[u8]; 6] = [b"script", b"style", b"noscript", b"title", b"textarea", b"template"];

/// One `<meta>`: names in lower case, values as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meta(Vec<(String, String)>);

impl Meta {
    /// The value of an attribute; of doublets the first counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The metas of `head` in their order.
pub(super) fn metas(head: &[u8]) -> impl Iterator<Item = Meta> {
    let mut rest = head;
    std::iter::from_fn(move || {
        loop {
            let open = rest.iter().position(|byte| *byte == b'<')?;
            rest = &rest[open + 1..];
            if let Some(comment) = rest.strip_prefix(b"!--") {
                rest = after(comment, b"-->");
                continue;
            }
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let (name, inside) = rest.split_at(length);
            if name.eq_ignore_ascii_case(b"meta") {
                let (meta, left) = attributes(inside);
                rest = left;
                return Some(meta);
            }
            if let Some(opaque) = OPAQUE.iter().find(|opaque| name.eq_ignore_ascii_case(opaque)) {
                rest = after_close(inside, opaque);
            }
        }
    })
}

/// Reads attributes up to the tag's `>`, and gives what comes after it.
fn attributes(mut rest: &[u8]) -> (Meta, &[u8]) {
    let mut found = Vec::new();
    loop {
        rest = skip(rest, |byte| byte.is_ascii_whitespace() || byte == b'/');
        match rest.first() {
            None => return (Meta(found), rest),
            Some(b'>') => return (Meta(found), &rest[1..]),
            Some(_) => {}
        }
        let (name, left) =
            until(rest, |byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/'));
        // A name may begin with `=`; taking it keeps the loop going forward.
        let (name, left) = if name.is_empty() { rest.split_at(1) } else { (name, left) };
        let spaced = skip(left, |byte| byte.is_ascii_whitespace());
        let (value, left) = match spaced.strip_prefix(b"=") {
            Some(value) => value_of(skip(value, |byte| byte.is_ascii_whitespace())),
            None => (&[][..], left),
        };
        found.push((text(name).to_ascii_lowercase(), text(value)));
        rest = left;
    }
}

fn value_of(rest: &[u8]) -> (&[u8], &[u8]) {
    match rest.first() {
        Some(quote @ (b'"' | b'\'')) => {
            let (value, left) = until(&rest[1..], |byte| byte == *quote);
            (value, left.get(1..).unwrap_or_default())
        }
        _ => until(rest, |byte| byte.is_ascii_whitespace() || byte == b'>'),
    }
}

fn skip(rest: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    &rest[rest.iter().take_while(|byte| unwanted(**byte)).count()..]
}

fn until(rest: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    rest.split_at(rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len()))
}

fn after<'a>(rest: &'a [u8], end: &[u8]) -> &'a [u8] {
    let at = rest.windows(end.len()).position(|window| window == end);
    at.map_or(&[], |at| &rest[at + end.len()..])
}

fn after_close<'a>(rest: &'a [u8], name: &[u8]) -> &'a [u8] {
    let at = rest
        .windows(name.len() + 2)
        .position(|window| window.starts_with(b"</") && window[2..].eq_ignore_ascii_case(name));
    at.map_or(&[], |at| &rest[at + name.len() + 2..])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_however_they_are_written() {
        let head = br#"<!doctype html><META  Charset = utf-8 /><meta content="a > b" name='x'><meta name=y content=z>"#;
        let found: Vec<Meta> = metas(head).collect();
        assert_eq!(found[0].get("charset"), Some("utf-8"));
        assert_eq!(found[1].get("content"), Some("a > b"));
        assert_eq!(found[2].get("content"), Some("z"));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn what_a_reader_does_not_see_is_passed_over() {
        let head = b"<!--<meta a=1>--><script>'<meta a=2>'</SCRIPT><noscript><meta a=3></noscript><meta a=4>";
        assert_eq!(
            metas(head).filter_map(|meta| meta.get("a").map(str::to_owned)).collect::<Vec<_>>(),
            ["4"]
        );
    }

    #[test]
    fn broken_markup_ends_and_does_not_loop() {
        for head in [
            "<meta",
            "<meta =",
            "<meta ====>",
            "<meta a='",
            "<",
            "<!--",
            "<script>",
            "<meta ///",
            "<meta a=\">",
        ] {
            assert!(metas(head.as_bytes()).count() <= 1, "{head}");
        }
    }
}
