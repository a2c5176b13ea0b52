//! From bytes to text, in whatever encoding they came.
//!
//! The order is that of the HTML standard: byte order mark, `charset` of the Content-Type, `<meta>`
//! within the first 1,024 bytes, and where nothing is said, what the bytes look like. Labels are the
//! Encoding Standard's, so `iso-8859-1` is read as windows-1252, as every browser does.

mod declared;
mod meta;
mod refresh;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

pub(crate) use refresh::refresh;

/// Text, and the encoding that it was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without its byte order mark.
    pub text: String,
    /// The encoding's name in the Encoding Standard: `UTF-8`, `windows-1252`, `ISO-8859-15`.
    pub encoding: &'static str,
}

/// What helps to read a body's encoding.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The `Content-Type`, as it came.
    pub content_type: Option<&'a str>,
    /// The top-level domain that it came from, in lower case: `fr`. It decides between look-alikes.
    pub top_level_domain: Option<&'a str>,
}

/// `body` as text. Bytes that the encoding does not know become U+FFFD.
pub fn decode(body: &[u8], hints: Hints<'_>) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return read(encoding, &body[mark..]);
    }
    match declared::by_header(hints.content_type).or_else(|| declared::by_markup(body)) {
        Some(encoding) if encoding != UTF_8 => read(encoding, body),
        said => match std::str::from_utf8(body) {
            Ok(text) => Decoded { text: text.to_owned(), encoding: UTF_8.name() },
            Err(_) if said.is_some() && is_mostly_utf8(body) => read(UTF_8, body),
            Err(_) => read(sniff(body, hints.top_level_domain), body),
        },
    }
}

fn read(encoding: &'static Encoding, body: &[u8]) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(body);
    Decoded { text: text.into_owned(), encoding: encoding.name() }
}

/// A page that calls itself UTF-8 may hold a stray byte and be it all the same; or not be it at all.
fn is_mostly_utf8(body: &[u8]) -> bool {
    let (mut right, mut wrong) = (0, 0);
    for chunk in body.utf8_chunks() {
        right += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right > wrong
}

fn sniff(body: &[u8], top_level_domain: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(body, true);
    let domain = top_level_domain
        .map(str::as_bytes)
        .filter(|domain| !domain.is_empty() && domain.iter().all(u8::is_ascii_lowercase));
    detector.guess(domain, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(body: &[u8]) -> Decoded {
        decode(body, Hints::default())
    }

    fn sent(body: &[u8], content_type: &str) -> Decoded {
        decode(body, Hints { content_type: Some(content_type), top_level_domain: Some("fr") })
    }

    #[test]
    fn a_byte_order_mark_comes_first() {
        let mut body = vec![0xef, 0xbb, 0xbf];
        body.extend("Chanteloup-en-Brie, 1 234 €".as_bytes());
        assert_eq!(sent(&body, "text/html; charset=iso-8859-1").text, "Chanteloup-en-Brie, 1 234 €");
        assert_eq!(plain(&[0xff, 0xfe, b'a', 0, 0xe9, 0]).text, "aé");
    }

    #[test]
    fn the_header_comes_before_the_markup() {
        let body = b"<meta charset=utf-8><p>Montry, 12 \x80</p>";
        let decoded = sent(body, "text/html; Charset=\"ISO-8859-1\"");
        assert_eq!(decoded.encoding, "windows-1252");
        assert!(decoded.text.contains("12 €"), "{}", decoded.text);
    }

    #[test]
    fn latin_nine_has_its_own_euro() {
        let decoded = sent(b"\xa4 \xbd", "text/html; charset=ISO-8859-15");
        assert_eq!((decoded.text.as_str(), decoded.encoding), ("€ œ", "ISO-8859-15"));
    }

    #[test]
    fn the_markup_is_asked_in_its_first_kilobyte() {
        let old =
            b"<html><head><META http-equiv='Content-Type' content='text/html; charset=iso-8859-15'><p>\xa4";
        assert_eq!(plain(old).encoding, "ISO-8859-15");
        assert_eq!(
            plain(b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>").encoding,
            "windows-1252"
        );
        assert_eq!(
            plain(b"<!-- <meta charset=koi8-r> --><meta charset=windows-1252>\xe9").encoding,
            "windows-1252"
        );
        // A page in UTF-16 could not have said so in ASCII.
        assert_eq!(plain("<meta charset=utf-16>é".as_bytes()).encoding, "UTF-8");
    }

    #[test]
    fn what_says_nothing_is_sniffed() {
        assert_eq!(plain("Délivré à Lagny-sur-Marne".as_bytes()).encoding, "UTF-8");
        let latin = b"D\xe9livr\xe9 \xe0 Lagny-sur-Marne, \xe9t\xe9 2024, r\xe9sidence principale";
        assert_eq!(plain(latin).text, "Délivré à Lagny-sur-Marne, été 2024, résidence principale");
    }

    #[test]
    fn a_wrong_claim_of_utf8_is_found_out() {
        let latin = b"<meta charset=utf-8>Autoris\xe9 \xe0 Th\xe9r\xe8se, r\xe9habilit\xe9";
        assert!(plain(latin).text.ends_with("Autorisé à Thérèse, réhabilité"), "{}", plain(latin).text);
        let mut stray = "<meta charset=utf-8>Délivré à Thérèse ".as_bytes().to_vec();
        stray.push(0xe9);
        assert!(plain(&stray).text.ends_with("Délivré à Thérèse \u{fffd}"), "{}", plain(&stray).text);
    }
}
