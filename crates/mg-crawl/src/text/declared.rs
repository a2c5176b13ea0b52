//! The encoding that a body is said to be in.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::meta::metas;

/// How far the HTML standard looks for a `<meta>`.
const LOOKED_AT_BYTES: usize = 1_024;

/// By the Content-Type's parameter.
pub(super) fn by_header(content_type: Option<&str>) -> Option<&'static Encoding> {
    Encoding::for_label(charset_of(content_type?)?.as_bytes())
}

/// By `<meta charset>`, `<meta http-equiv=Content-Type>` or the XML declaration.
pub(super) fn by_markup(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(LOOKED_AT_BYTES)];
    let label = xml_encoding(head).or_else(|| {
        metas(head).find_map(|meta| {
            let of_content = || {
                let is_type = meta.get("http-equiv")?.eq_ignore_ascii_case("content-type");
                if is_type { charset_of(meta.get("content")?).map(str::to_owned) } else { None }
            };
            meta.get("charset").map(str::to_owned).or_else(of_content)
        })
    })?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // Markup that could be read as ASCII is in neither of them (HTML standard, prescan, step 15).
    Some(if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    })
}

fn charset_of(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

fn xml_encoding(head: &[u8]) -> Option<String> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let text = std::str::from_utf8(&declaration[..end]).ok()?;
    let value = text.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|character| matches!(character, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.trim().to_owned())
}
