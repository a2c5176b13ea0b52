//! The section `[follow]`.

use regex::Regex;
use scraper::Selector;

use crate::declared::Reading;
use crate::declared::fault::Faults;
use crate::declared::field_spec::{check_pointer, parse_selector};
use crate::declared::manner::{Follow, Next};
use crate::declared::section::{Said, Section};

/// Deeper than this, a site is a trap.
const DEPTH_MAX: i64 = 10_000;

pub(super) fn read(root: &mut Section<'_>, reading: &Reading, faults: &mut Faults<'_>) -> Follow {
    let mut section = root.section("follow", faults);
    let is_html = matches!(reading, Reading::Html { .. });
    let next = match section.text("next", faults) {
        Some(said) if matches!(reading, Reading::Json { .. }) => {
            let checked = check_pointer(&said.value);
            checked
                .map_err(|reason| {
                    let advice = "Point to the address of the next page, as /links/next".to_owned();
                    section.fault("next", reason, advice, faults);
                })
                .ok()
                .map(|()| Next::Pointer(said.value))
        }
        Some(said) => links(&section, "next", Some(said), is_html, faults).map(Next::Link),
        None => None,
    };
    let said = section.text("details", faults);
    let details = links(&section, "details", said, is_html, faults);
    let said = section.text("links", faults);
    let further = links(&section, "links", said, is_html, faults);
    let texts = |said: Vec<Said<String>>| said.into_iter().map(|said| said.value).collect();
    let follow = Follow {
        next,
        details,
        links: further,
        sitemap: texts(section.texts("sitemap", faults)),
        feed: texts(section.texts("feed", faults)),
        depth: section.integer("depth", 0..DEPTH_MAX + 1, faults).map(|said| said.value as u32),
        include: patterns(&mut section, "include", faults),
        exclude: patterns(&mut section, "exclude", faults),
    };
    section.end(faults);
    follow
}

fn links(
    section: &Section<'_>,
    key: &str,
    said: Option<Said<String>>,
    is_html: bool,
    faults: &mut Faults<'_>,
) -> Option<Selector> {
    let said = said?;
    if !is_html {
        let advice = "Take it out, or read HTML".to_owned();
        section.fault(key, "only HTML has links to follow".to_owned(), advice, faults);
        return None;
    }
    let parsed = parse_selector(&said.value);
    parsed
        .map_err(|reason| {
            section.fault(key, reason, "Name the links, as `a.suivant` or `a[rel=next]`".to_owned(), faults);
        })
        .ok()
}

fn patterns(section: &mut Section<'_>, key: &'static str, faults: &mut Faults<'_>) -> Vec<Regex> {
    let mut patterns = Vec::new();
    for said in section.texts(key, faults) {
        match Regex::new(&said.value) {
            Ok(pattern) => patterns.push(pattern),
            Err(_) => {
                let reason = format!("`{}` is no regular expression", said.value);
                faults.note(&said.place, section.path_of(key), reason, "Mend it; `/annonces/\\d+` is one");
            }
        }
    }
    patterns
}
