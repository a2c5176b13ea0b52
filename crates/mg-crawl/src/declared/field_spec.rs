//! A field as it is asked for, in a file or by an agent, and its check.

use chrono::format::{Item, StrftimeItems};
use mg_core::Identifier;
use regex::RegexBuilder;
use scraper::Selector;
use serde::Deserialize;

use super::fault::nearest;
use super::{Field, FieldType, Finding};
use crate::normalise::{Decimal, spaces};

/// A compiled expression larger than this is no pattern for a field.
const REGEX_BYTES: usize = 1 << 20;

/// What fields are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HTML, by selectors.
    Html,
    /// JSON, by pointers.
    Json,
    /// A table with columns, by their names.
    Columns,
}

/// A field as it is asked for. All but its name may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Its column.
    pub name: String,
    /// CSS selector within the item.
    pub selector: Option<String>,
    /// Attribute in place of the text.
    pub attribute: Option<String>,
    /// Joins all that match.
    pub join: Option<String>,
    /// JSON pointer (RFC 6901).
    pub pointer: Option<String>,
    /// Name of a file's column.
    pub column: Option<String>,
    /// Whether it is read from the page's address.
    #[serde(default)]
    pub address: bool,
    /// Whether the selector is one of the whole page and not of the item.
    #[serde(default)]
    pub page: bool,
    /// Regular expression on what was found.
    pub regex: Option<String>,
    /// One of [`FieldType::NAMES`]; text without it.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `comma` (as French pages do, the default) or `point`.
    pub decimal: Option<String>,
    /// How days are written (`strftime`).
    pub format: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Whether an item without it is rejected.
    #[serde(default)]
    pub required: bool,
    /// What it means, in French.
    pub doc_fr: Option<String>,
    /// What it means, in English.
    pub doc_en: Option<String>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong, a sentence without its end.
    pub reason: String,
    /// What to do, a sentence without its end.
    pub advice: String,
}

impl FieldSpec {
    /// The field that it means, its default aside, or all that is wrong with it.
    pub fn check(self, of: Kind) -> Result<Field, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut keep = |key, reason: String, advice: String| wrong.push(Wrong { key, reason, advice });
        let name = Identifier::parse(&self.name)
            .map_err(|error| {
                keep("name", error.to_string(), "Name it as a column of a table: prix_eur".into());
            })
            .ok();
        let asked = self.kind.as_deref().unwrap_or("text");
        let kind = FieldType::named(asked).unwrap_or_else(|| {
            let names = FieldType::NAMES.map(|(name, _)| name);
            keep("type", format!("`{asked}` is no type"), nearest(asked, &names));
            FieldType::Text
        });
        let decimal = match self.decimal.as_deref() {
            None | Some("comma") => Decimal::Comma,
            Some("point") => Decimal::Point,
            Some(other) => {
                let reason = format!("`{other}` is no decimal mark");
                keep("decimal", reason, "Write comma (1 234,56) or point (1,234.56)".into());
                Decimal::Comma
            }
        };
        if self.decimal.is_some() && !matches!(kind, FieldType::Integer | FieldType::Float) {
            let reason = format!("a field of type {asked} has no decimal mark");
            keep("decimal", reason, "Take it out, or make the type float".into());
        }
        if let Some(format) = &self.format {
            let is_wrong = StrftimeItems::new(format).any(|item| matches!(item, Item::Error));
            if kind != FieldType::Date {
                let reason = format!("a field of type {asked} has no format");
                keep("format", reason, "Take it out, or make the type date".into());
            } else if is_wrong {
                keep("format", format!("`{format}` is no format of a day"), "Write it as %d.%m.%y".into());
            }
        }
        let regex = self.regex.as_deref().and_then(|regex| {
            let built = RegexBuilder::new(regex).size_limit(REGEX_BYTES).build();
            built
                .map_err(|error| {
                    keep(
                        "regex",
                        one_line(&error.to_string()),
                        "Mend the expression; a literal text in '…'".into(),
                    );
                })
                .ok()
        });
        let found = finding(&self, of, &mut keep);
        let (Some(name), Some((finding, selector))) = (name, found) else { return Err(wrong) };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let Self { doc_fr, doc_en, unit, format, required, page: on_page, .. } = self;
        Ok(Field {
            name,
            doc_fr,
            doc_en,
            unit,
            kind,
            finding,
            on_page,
            selector,
            regex,
            decimal,
            format,
            default: None,
            required,
        })
    }
}

/// Where it is found, and that as it was written.
fn finding(
    spec: &FieldSpec,
    of: Kind,
    keep: &mut impl FnMut(&'static str, String, String),
) -> Option<(Finding, String)> {
    refuse_strangers(spec, of, keep);
    if let Some(pointer) = &spec.pointer
        && let Err(reason) = check_pointer(pointer)
    {
        keep("pointer", reason, "Write it as /results/0/name, `~1` for a slash in a name".into());
        return None;
    }
    if spec.address {
        return Some((Finding::Address, "address".to_owned()));
    }
    match of {
        Kind::Columns => {
            let column = spec.column.clone().unwrap_or_else(|| spec.name.clone());
            Some((Finding::Column(column.clone()), column))
        }
        Kind::Json => {
            let pointer = spec.pointer.clone().unwrap_or_else(|| format!("/{}", spec.name));
            Some((Finding::Pointer(pointer.clone()), pointer))
        }
        Kind::Html => {
            if spec.selector.is_none() && spec.attribute.is_none() {
                let advice =
                    "Add a line `selector = \"…\"`, or `attribute` of the item itself, or `address = true`";
                keep("selector", "nothing says where the field is".into(), advice.into());
                return None;
            }
            let selector = match spec.selector.as_deref().map(parse_selector) {
                Some(Err(reason)) => {
                    keep("selector", reason, "Mend it; `.prix` is a class, `#prix` an id".into());
                    return None;
                }
                Some(Ok(selector)) => Some(selector),
                None => None,
            };
            let written = spec.selector.clone().unwrap_or_default();
            let FieldSpec { attribute, join, pointer, .. } = spec.clone();
            Some((Finding::Element { selector, attribute, join, pointer }, written))
        }
    }
}

/// Keys that mean nothing for what is read.
fn refuse_strangers(spec: &FieldSpec, of: Kind, keep: &mut impl FnMut(&'static str, String, String)) {
    let strangers = [
        ("selector", spec.selector.is_some() && (of != Kind::Html || spec.address)),
        ("attribute", spec.attribute.is_some() && (of != Kind::Html || spec.address)),
        ("join", spec.join.is_some() && (of != Kind::Html || spec.address)),
        ("pointer", spec.pointer.is_some() && (of == Kind::Columns || spec.address)),
        ("pointer", spec.pointer.is_some() && of == Kind::Html && spec.selector.is_none()),
        ("page", spec.page && (of != Kind::Html || spec.selector.is_none())),
        ("column", spec.column.is_some() && (of != Kind::Columns || spec.address)),
    ];
    let (what, by) = match of {
        _ if spec.address => ("the page's address", "regex"),
        Kind::Html => ("HTML", "selector"),
        Kind::Json => ("JSON", "pointer"),
        Kind::Columns => ("a file's columns", "column"),
    };
    for (key, _) in strangers.into_iter().filter(|(_, is_there)| *is_there) {
        keep(key, format!("a field of {what} is not found by `{key}` alone"), format!("Use `{by}`"));
    }
}

/// A CSS selector, or what is wrong with it.
pub(super) fn parse_selector(text: &str) -> Result<Selector, String> {
    let parsed = Selector::parse(text);
    parsed.map_err(|error| {
        format!("`{text}` is no selector: {}", spaces(&error.to_string()).trim_end_matches('.'))
    })
}

/// Whether a text is a JSON pointer (RFC 6901, 3).
pub(super) fn check_pointer(pointer: &str) -> Result<(), String> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(format!("`{pointer}` is no JSON pointer: it does not begin with a slash"));
    }
    let stray = pointer.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
    if stray { Err(format!("`{pointer}` is no JSON pointer: after `~` comes 0 or 1")) } else { Ok(()) }
}

/// The last line of a regular expression's fault says what is wrong; those above draw it.
fn one_line(text: &str) -> String {
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(text);
    last.trim().trim_start_matches("error: ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_those_of_the_standard() {
        for right in ["", "/", "/a/0/b", "/a~1b", "/m~0n", "/é à"] {
            assert_eq!(check_pointer(right), Ok(()), "{right}");
        }
        for wrong in ["a", "a/b", "/a~", "/a~2", "#/a"] {
            assert!(check_pointer(wrong).is_err(), "{wrong}");
        }
    }
}
