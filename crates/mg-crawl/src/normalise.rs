//! Texts of pages as values: numbers, days and times of day, as French pages write them.
//!
//! Nothing is guessed: a text that can be read in two ways is refused with the reason, since a price that is a
//! thousand times too high would pass every later check.

mod date;
mod number;
mod time;
mod truth;

pub use date::{day, day_as};
pub use number::{Decimal, integer, number};
pub use time::time_of_day;
pub use truth::truth;

/// A text without the space around it, each run of spaces, tabs, line ends and unbreakable spaces made one space,
/// and without soft hyphens and marks of zero width.
pub fn spaces(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for part in text.split(char::is_whitespace).filter(|part| !part.is_empty()) {
        let mut seen = part.chars().filter(|character| !is_invisible(*character)).peekable();
        if seen.peek().is_some() && !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(seen);
    }
    clean
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Lower case, without French accents: `Février` as `fevrier`.
pub(crate) fn folded(text: &str) -> String {
    let plain = |character: char| match character {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

/// Why a text is no value: one sentence without its subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoValue(pub(crate) String);

impl NoValue {
    fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_space_is_one_space() {
        assert_eq!(spaces(" \u{a0}Prix\u{202f}:\n\t325\u{2009}000\u{a0}€ "), "Prix : 325 000 €");
        assert_eq!(spaces("loge\u{ad}ment\u{200b}s \u{feff} neufs"), "logements neufs");
        assert_eq!(spaces(" \u{200b} "), "");
    }

    #[test]
    fn accents_and_capitals_do_not_count() {
        assert_eq!(folded("1er FÉVRIER, Août, ça"), "1er fevrier, aout, ca");
    }
}
