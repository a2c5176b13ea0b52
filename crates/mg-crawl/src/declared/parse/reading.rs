//! The section `[read]`.

use encoding_rs::Encoding;

use crate::declared::Reading;
use crate::declared::fault::{Faults, nearest};
use crate::declared::field_spec::{check_pointer, parse_selector};
use crate::declared::read::{Charset, Html};
use crate::declared::section::Section;

const FORMATS: [&str; 4] = ["html", "json", "csv", "xlsx"];

pub(super) fn read(root: &mut Section<'_>, is_api: bool, faults: &mut Faults<'_>) -> Reading {
    let mut section = root.section("read", faults);
    let format = section.text("format", faults).map(|said| said.value);
    let format = format.as_deref().unwrap_or(if is_api { "json" } else { "html" });
    let reading = match format {
        "json" => json(&mut section, faults),
        "csv" => csv(&mut section, faults),
        "xlsx" => xlsx(&mut section, faults),
        "html" => html(&mut section, faults),
        other => {
            section.fault("format", format!("`{other}` is no format"), nearest(other, &FORMATS), faults);
            // What its keys mean is not known either.
            return html(&mut section, faults);
        }
    };
    section.end(faults);
    reading
}

fn html(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Reading {
    let items = section.text("items", faults).and_then(|said| {
        let parsed = parse_selector(&said.value);
        let advice = "Name what is repeated, as `li.annonce`".to_owned();
        let selector = parsed.map_err(|reason| section.fault("items", reason, advice, faults)).ok()?;
        Some((selector, said.value))
    });
    Reading::Html(Html { items, may_be_empty: may_be_empty(section, faults) })
}

fn json(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Reading {
    let list = section.text("list", faults).map_or_else(String::new, |said| said.value);
    if let Err(reason) = check_pointer(&list) {
        section.fault("list", reason, "Point to the list of items, as /results".to_owned(), faults);
    }
    let member = member(section, faults);
    Reading::Json { list, member, may_be_empty: may_be_empty(section, faults) }
}

fn csv(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Reading {
    let delimiter = match section.text_as_it_is("delimiter", faults) {
        None => b';',
        Some(text) => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => *byte,
            _ => {
                let advice = "Write one character: \";\", \",\", \"\\t\" or \"|\"".to_owned();
                section.fault("delimiter", format!("`{text}` is no delimiter"), advice, faults);
                b';'
            }
        },
    };
    let charset = match section.text("encoding", faults) {
        None => Charset::Sniffed,
        Some(said) => charset(&said.value).unwrap_or_else(|reason| {
            let advice = "Write utf-8, windows-1252 or iso-8859-15".to_owned();
            section.fault("encoding", reason, advice, faults);
            Charset::Sniffed
        }),
    };
    let (header, member) = (header(section, faults), member(section, faults));
    Reading::Csv { delimiter, charset, header, member, may_be_empty: may_be_empty(section, faults) }
}

fn charset(name: &str) -> Result<Charset, String> {
    match Encoding::for_label(name.as_bytes()) {
        None => Err(format!("`{name}` is no encoding")),
        Some(encoding) if !encoding.is_ascii_compatible() => {
            Err(format!("a CSV file in {} is not read", encoding.name()))
        }
        Some(encoding) => Ok(Charset::Named(encoding)),
    }
}

fn xlsx(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Reading {
    let sheet = section.text("sheet", faults).map(|said| said.value);
    let (header, member) = (header(section, faults), member(section, faults));
    Reading::Xlsx { sheet, header, member, may_be_empty: may_be_empty(section, faults) }
}

fn header(section: &mut Section<'_>, faults: &mut Faults<'_>) -> u32 {
    section.integer("header", 1..1_001, faults).map_or(1, |said| said.value as u32)
}

fn member(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Option<String> {
    section.text("member", faults).map(|said| said.value)
}

fn may_be_empty(section: &mut Section<'_>, faults: &mut Faults<'_>) -> bool {
    section.truth("may_be_empty", faults).unwrap_or(false)
}
