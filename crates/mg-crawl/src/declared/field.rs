//! A field: where it is found, and what is made of what stands there.

use mg_core::{ColumnType, Identifier, Value};
use regex::Regex;
use scraper::Selector;

use crate::normalise::Decimal;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text, its spaces made single.
    Text,
    /// A whole number.
    Integer,
    /// A real number.
    Float,
    /// A day.
    Date,
    /// A time of day, kept as the text `HH:MM`.
    Time,
    /// A truth value, kept as the text `oui` or `non`.
    Boolean,
    /// An address, kept as text, made whole by that of its page.
    Url,
}

impl FieldType {
    /// Every type by the name that files give it.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("integer", Self::Integer),
        ("float", Self::Float),
        ("date", Self::Date),
        ("time", Self::Time),
        ("boolean", Self::Boolean),
        ("url", Self::Url),
    ];

    /// The type of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// What its column holds.
    pub fn column(self) -> ColumnType {
        match self {
            Self::Integer => ColumnType::Integer,
            Self::Float => ColumnType::Float,
            Self::Date => ColumnType::Date,
            Self::Text | Self::Time | Self::Boolean | Self::Url => ColumnType::Text,
        }
    }
}

/// Where a field is found.
#[derive(Debug, Clone)]
pub enum Finding {
    /// In the text of an element of the item, or in an attribute of it; the item itself without a selector.
    Element {
        /// What it matches.
        selector: Option<Selector>,
        /// The attribute, in place of the text.
        attribute: Option<String>,
        /// All that match, joined by this; without it the first.
        join: Option<String>,
        /// Into the JSON that the element's text is (RFC 6901), as in `<script type="application/ld+json">`.
        pointer: Option<String>,
    },
    /// In a JSON item (RFC 6901).
    Pointer(String),
    /// In the column of that name of a file.
    Column(String),
    /// In the address of the page.
    Address,
}

/// One field of a spider's records.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its column.
    pub name: Identifier,
    /// What it means, in French.
    pub doc_fr: Option<String>,
    /// What it means, in English.
    pub doc_en: Option<String>,
    /// Its unit, as `EUR` or `m2`.
    pub unit: Option<String>,
    /// What it holds.
    pub kind: FieldType,
    /// Where it is found.
    pub finding: Finding,
    /// Whether it is looked for on the whole page and not in the item.
    pub on_page: bool,
    /// The same as it was written, for those who look for what did not match.
    pub selector: String,
    /// What of the text counts: its first group, or all that matches.
    pub regex: Option<Regex>,
    /// How numbers are written.
    pub decimal: Decimal,
    /// How days are written (`strftime`); without it, as French pages or ISO 8601 do.
    pub format: Option<String>,
    /// What stands for nothing found.
    pub default: Option<Value>,
    /// Whether an item without it is rejected.
    pub required: bool,
}
