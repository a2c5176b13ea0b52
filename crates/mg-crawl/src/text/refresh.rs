//! `<meta http-equiv=refresh>`: a page that sends its reader elsewhere.

use std::time::Duration;

use super::meta::metas;

/// Pages that do it say so at their beginning.
const LOOKED_AT_BYTES: usize = 8_192;

/// Where a page sends its reader, and after how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refresh {
    /// How long the page is to be shown before.
    pub(crate) after: Duration,
    /// Where to, as it is written; `None` is the page itself.
    pub(crate) target: Option<String>,
}

/// The first refresh that `body` asks for, of an encoding that extends ASCII.
pub(crate) fn refresh(body: &[u8]) -> Option<Refresh> {
    let head = &body[..body.len().min(LOOKED_AT_BYTES)];
    metas(head).find_map(|meta| {
        let asks = meta.get("http-equiv")?.trim().eq_ignore_ascii_case("refresh");
        if asks { parse(meta.get("content")?) } else { None }
    })
}

/// `5; url='/next'` (HTML standard, shared declarative refresh steps).
fn parse(content: &str) -> Option<Refresh> {
    let content = content.trim_start();
    let digits = content.len() - content.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let seconds = content[..digits].split('.').next().filter(|whole| !whole.is_empty()).unwrap_or("0");
    let after = Duration::from_secs(seconds.parse().unwrap_or(u64::from(u32::MAX)));
    let rest = &content[digits..];
    if digits == 0 && !rest.starts_with([';', ',']) {
        return None;
    }
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == ',');
    let target = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => match rest[3..].trim_start().strip_prefix('=') {
            Some(value) => value.trim_start(),
            None => rest,
        },
        _ => rest,
    };
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next().unwrap_or_default(),
        _ => target,
    };
    let target = target.trim().replace("&amp;", "&");
    Some(Refresh { after, target: (!target.is_empty()).then_some(target) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(content: &str) -> Option<(u64, Option<String>)> {
        let page = format!("<head><meta http-equiv=\"Refresh\" content=\"{content}\"></head>");
        refresh(page.as_bytes()).map(|refresh| (refresh.after.as_secs(), refresh.target))
    }

    #[test]
    fn a_refresh_is_read_as_browsers_read_it() {
        let to = |seconds, target: &str| Some((seconds, Some(target.to_owned())));
        assert_eq!(asked("0;url=/suite"), to(0, "/suite"));
        assert_eq!(asked("5; URL = '/a b'"), to(5, "/a b"));
        assert_eq!(asked("1.5, http://portail/x?a=1&amp;b=2"), to(1, "http://portail/x?a=1&b=2"));
        assert_eq!(asked("3"), Some((3, None)));
        assert_eq!(asked(";/suite"), to(0, "/suite"));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("99999999999999999999999"), Some((u64::from(u32::MAX), None)));
        assert_eq!(refresh(b"<noscript><meta http-equiv=refresh content='0;url=/x'></noscript>"), None);
    }
}
