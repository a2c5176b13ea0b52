//! Numbers: `1 234,56 €`, `325 000 €`, `78,5 m²`, `1,2 M€`, `-3,5 %`.

use super::{NoValue, folded, spaces};

/// What stands between the whole and its fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decimal {
    /// `1 234,56`. A point is read as a decimal one only where it cannot part thousands: `12.5`, `0.750`.
    #[default]
    Comma,
    /// `1,234.56`.
    Point,
}

/// The one number in a text; `None` when there is no digit in it. Words and units around it are passed over, but
/// for `k€`, `M€`, `Md€`, `millions` and the like, which multiply it.
pub fn number(text: &str, decimal: Decimal) -> Result<Option<f64>, NoValue> {
    let Some(found) = find(text, decimal)? else { return Ok(None) };
    let value = found.value().ok_or_else(|| unreadable(text))?;
    if value.is_finite() { Ok(Some(value)) } else { Err(NoValue::because("the number is too large")) }
}

/// The one whole number in a text; `None` when there is no digit in it.
pub fn integer(text: &str, decimal: Decimal) -> Result<Option<i64>, NoValue> {
    let Some(found) = find(text, decimal)? else { return Ok(None) };
    let (whole, fraction) = found.digits.split_once('.').unwrap_or((&found.digits, ""));
    if found.power == 0 && fraction.bytes().all(|digit| digit == b'0') {
        return whole.parse().map(Some).map_err(|_| NoValue::because("the number is too large"));
    }
    let value = found.value().ok_or_else(|| unreadable(text))?;
    // Within 2^53 a double holds each whole number.
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return Ok(Some(value as i64));
    }
    Err(NoValue::because(format!("`{}` is no whole number", spaces(text))))
}

struct Found {
    /// As Rust reads it: `-1234.56`.
    digits: String,
    power: u32,
}

impl Found {
    fn value(&self) -> Option<f64> {
        format!("{}e{}", self.digits, self.power).parse().ok()
    }
}

fn find(text: &str, decimal: Decimal) -> Result<Option<Found>, NoValue> {
    let text = spaces(text);
    if let Some(value) = scientific(&text) {
        return Ok(Some(Found { digits: format!("{value}"), power: 0 }));
    }
    let mut runs = runs(&text).into_iter();
    let Some(run) = runs.next() else { return Ok(None) };
    if let Some(other) = runs.next() {
        let (a, b) = (&text[run.start..run.end], &text[other.start..other.end]);
        return Err(NoValue::because(format!("there are two numbers, `{a}` and `{b}`")));
    }
    let mut digits = plain(&text[run.start..run.end], decimal)?;
    if is_negative(&text[..run.start]) {
        digits.insert(0, '-');
    }
    Ok(Some(Found { digits, power: power(&text[run.end..]) }))
}

/// `1.5e-7`, as programs write small and large numbers.
fn scientific(text: &str) -> Option<f64> {
    let is_one = text.contains(['e', 'E'])
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse().ok().filter(|value: &f64| is_one && value.is_finite())
}

struct Run {
    start: usize,
    end: usize,
}

/// Where numbers stand. Digits right after a letter belong to a word: `m2`, `T3`.
fn runs(text: &str) -> Vec<Run> {
    let bytes = text.as_bytes();
    let mut runs = Vec::new();
    let mut place = 0;
    while place < bytes.len() {
        if !bytes[place].is_ascii_digit() {
            place += 1;
            continue;
        }
        let start = place;
        let in_word = text[..start].chars().next_back().is_some_and(char::is_alphabetic);
        place = end_of(bytes, start);
        if !in_word {
            runs.push(Run { start, end: place });
        }
    }
    runs
}

/// Where the number that begins at `start` ends: digits, joined by `,`, `.` or `'` before a digit, and by a space
/// before a group of three.
fn end_of(bytes: &[u8], start: usize) -> usize {
    let digits_from = |place: usize| bytes[place..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = start + digits_from(start);
    let mut group = end - start;
    while let Some(separator) = bytes.get(end) {
        let next = match separator {
            b',' | b'.' | b'\'' => digits_from(end + 1),
            b' ' if group <= 3 && digits_from(end + 1) == 3 => 3,
            _ => 0,
        };
        if next == 0 {
            break;
        }
        end += 1 + next;
        group = next;
    }
    end
}

/// `run` with a point for its decimal separator and no other.
fn plain(run: &str, decimal: Decimal) -> Result<String, NoValue> {
    let run: String = run.chars().filter(|character| !matches!(character, ' ' | '\'')).collect();
    let (mark, group) = match decimal {
        Decimal::Comma => (',', '.'),
        Decimal::Point => ('.', ','),
    };
    let refused = || NoValue::because(format!("`{run}` can be read in two ways"));
    let (whole, fraction) = match (run.matches(mark).count(), run.matches(group).count()) {
        (0, 0) => (run.clone(), ""),
        (1, _) => {
            let (whole, fraction) = run.split_once(mark).unwrap_or((&run, ""));
            if fraction.contains(group) || !are_groups(whole, group) {
                return Err(refused());
            }
            (whole.replace(group, ""), fraction)
        }
        // `12.5` in a French text; `1.234` might be a thousand or one and a bit.
        (0, 1) => {
            let (whole, fraction) = run.split_once(group).unwrap_or((&run, ""));
            let may_part_thousands = fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0');
            match (decimal, may_part_thousands) {
                (Decimal::Comma, false) => (whole.to_owned(), fraction),
                (Decimal::Point, true) => (run.replace(group, ""), ""),
                _ => return Err(refused()),
            }
        }
        (0, _) if are_groups(&run, group) => (run.replace(group, ""), ""),
        _ => return Err(refused()),
    };
    Ok(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// `1.234.567`: after the first, groups of three.
fn are_groups(whole: &str, separator: char) -> bool {
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3))
}

/// A minus right before the number, as in `Écart -3 %` and `- 3 %`; not the dash of `Lot A-12` or `Lot A - 12`.
fn is_negative(before: &str) -> bool {
    let (before, attached) = before.strip_suffix(' ').map_or((before, true), |before| (before, false));
    let Some(rest) = before.strip_suffix(['-', '\u{2212}', '\u{2013}']) else { return false };
    rest.is_empty() || rest.trim_end().ends_with([':', '(', '=']) || (attached && rest.ends_with(' '))
}

/// The power of ten that the word behind a number multiplies it by.
fn power(after: &str) -> u32 {
    let after = folded(after);
    let word = after.trim_start().split([' ', ',', '.', ';', ')', '/']).next().unwrap_or_default();
    match word {
        "k€" | "keur" | "millier" | "milliers" | "mille" => 3,
        "m€" | "meur" | "million" | "millions" => 6,
        "md€" | "mds€" | "mdeur" | "milliard" | "milliards" => 9,
        _ => 0,
    }
}

fn unreadable(text: &str) -> NoValue {
    NoValue::because(format!("`{}` is no number", spaces(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_numbers() {
        let table: &[(&str, Option<f64>)] = &[
            ("1 234,56 €", Some(1234.56)),
            ("1\u{a0}234,56\u{a0}€", Some(1234.56)),
            ("1\u{202f}234\u{202f}567,8", Some(1_234_567.8)),
            ("1\u{2009}234", Some(1234.0)),
            ("325 000 €", Some(325_000.0)),
            ("Prix : 325 000 € FAI", Some(325_000.0)),
            ("1.234,56", Some(1234.56)),
            ("1.234.567", Some(1_234_567.0)),
            ("1'234,5", Some(1234.5)),
            ("12.5", Some(12.5)),
            ("48.8734", Some(48.8734)),
            ("0.750", Some(0.75)),
            ("0,5", Some(0.5)),
            ("78,5 m²", Some(78.5)),
            ("78,5 m2", Some(78.5)),
            ("65m2", Some(65.0)),
            ("T3 de 65 m²", Some(65.0)),
            ("-3,5 %", Some(-3.5)),
            ("\u{2212}3,5", Some(-3.5)),
            ("Solde : - 12", Some(-12.0)),
            ("Écart -3,5 %", Some(-3.5)),
            ("Lot A - 12", Some(12.0)),
            ("Lot A-12", Some(12.0)),
            ("4,35 M€", Some(4_350_000.0)),
            ("1.5e-7", Some(1.5e-7)),
            ("250 k€", Some(250_000.0)),
            ("1,2 M€", Some(1_200_000.0)),
            ("3 millions d'euros", Some(3_000_000.0)),
            ("2,5 milliards", Some(2_500_000_000.0)),
            ("12 m", Some(12.0)),
            ("3.", Some(3.0)),
            ("sur demande", None),
            ("", None),
            ("–", None),
            ("m²", None),
        ];
        for (text, expected) in table {
            assert_eq!(number(text, Decimal::Comma), Ok(*expected), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            "1.234",
            "325.000 €",
            "2 à 3 pièces",
            "12 h 30",
            "2024 350 000",
            "1 23",
            "12 3456",
            "1,2,3",
            "1.23.45",
            "03/03/2024",
        ] {
            assert!(number(text, Decimal::Comma).is_err(), "{text}");
        }
        for text in ["1,23", "0,5", "1.2.3", "12,34.5"] {
            assert!(number(text, Decimal::Point).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_with_a_decimal_point() {
        for (text, expected) in [
            ("1,234.56", 1234.56),
            ("1.234", 1.234),
            ("1,234", 1234.0),
            ("1,234,567", 1_234_567.0),
            ("1e", 1.0),
        ] {
            assert_eq!(number(text, Decimal::Point), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn whole_numbers() {
        let table: &[(&str, Option<i64>)] = &[
            ("3 pièces", Some(3)),
            ("12 500", Some(12_500)),
            ("3,00", Some(3)),
            ("1,5 M€", Some(1_500_000)),
            ("9 223 372 036 854 775 807", Some(i64::MAX)),
            ("-9 223 372 036 854 775 808", Some(i64::MIN)),
            ("aucune", None),
        ];
        for (text, expected) in table {
            assert_eq!(integer(text, Decimal::Comma), Ok(*expected), "{text}");
        }
        for text in ["3,5", "9 223 372 036 854 775 808", "1,2345 k€"] {
            assert!(integer(text, Decimal::Comma).is_err(), "{text}");
        }
        assert!(number(&"9".repeat(400), Decimal::Comma).is_err());
    }
}
