//! Days: `2024-03-03`, `03/03/2024`, `3 mars 2024`, `1er janvier 2023`, `lundi 4 mars 2024 à 12 h 30`.

use chrono::NaiveDate;

use super::{NoValue, folded, spaces};

const MONTHS: [&[&str]; 12] = [
    &["janvier", "janv", "jan"],
    &["fevrier", "fevr", "fev"],
    &["mars", "mar"],
    &["avril", "avr"],
    &["mai"],
    &["juin"],
    &["juillet", "juil"],
    &["aout"],
    &["septembre", "sept", "sep"],
    &["octobre", "oct"],
    &["novembre", "nov"],
    &["decembre", "dec"],
];

/// The one day in a text, day before month as in French, or year first as in ISO 8601; `None` for a text without a
/// letter or a digit. Words and a time of day around it are passed over; a year has four digits.
pub fn day(text: &str) -> Result<Option<NaiveDate>, NoValue> {
    let text = folded(&spaces(text));
    if !text.chars().any(char::is_alphanumeric) {
        return Ok(None);
    }
    let words: Vec<&str> = text.split(|character: char| !character.is_alphanumeric()).collect();
    let mut days = (0..words.len()).filter_map(|place| day_at(&words[place..])).peekable();
    let Some(first) = days.next() else { return Err(no_day(&text)) };
    let first = first.ok_or_else(|| NoValue::because(format!("`{text}` is no day of the calendar")))?;
    if days.flatten().any(|other| other != first) {
        return Err(NoValue::because(format!("there are two days in `{text}`")));
    }
    Ok(Some(first))
}

/// A day written as `format` says (chrono's `strftime`), alone in its text; `None` for an empty one.
pub fn day_as(text: &str, format: &str) -> Result<Option<NaiveDate>, NoValue> {
    let text = spaces(text);
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = NaiveDate::parse_from_str(&text, format);
    parsed.map(Some).map_err(|_| NoValue::because(format!("`{text}` is no day as `{format}` writes it")))
}

fn no_day(text: &str) -> NoValue {
    NoValue::because(format!("there is no day in `{text}`: write day, month and a year of four digits"))
}

/// The day that begins with the first of `words`: outside `None` where none does, inside `None` where its numbers
/// are no day, as in 31 June.
fn day_at(words: &[&str]) -> Option<Option<NaiveDate>> {
    let first = *words.first()?;
    if first.len() == 8 && is_digits(first) {
        return Some(of(&first[..4], month_number(&first[4..6])?, &first[6..]));
    }
    let (second, third) = (*words.get(1)?, *words.get(2)?);
    if is_year(first) && is_short(second) {
        // `2024-03-03T12:00:00Z` leaves `03t12`.
        let third = third.split_once('t').map_or(third, |(day, _)| day);
        return is_short(third).then(|| month_number(second).and_then(|month| of(first, month, third)));
    }
    let first = first.strip_suffix("er").unwrap_or(first);
    if !is_short(first) {
        return None;
    }
    if let Some(month) = month_named(second) {
        // `3 janv. 2024` leaves an empty word behind the point.
        let year = if third.is_empty() { *words.get(3)? } else { third };
        return is_year(year).then(|| of(year, month, first));
    }
    (is_short(second) && is_year(third))
        .then(|| month_number(second).and_then(|month| of(third, month, first)))
}

fn of(year: &str, month: u32, day: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day.parse().ok()?)
}

fn month_named(word: &str) -> Option<u32> {
    (1..).zip(MONTHS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number)
}

fn month_number(digits: &str) -> Option<u32> {
    digits.parse().ok().filter(|month| (1..=12).contains(month))
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && is_digits(word)
}

fn is_short(word: &str) -> bool {
    word.len() <= 2 && is_digits(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_days() {
        let table = [
            ("3 mars 2024", "2024-03-03"),
            ("1er janvier 2023", "2023-01-01"),
            ("1ER JANVIER 2023", "2023-01-01"),
            ("3\u{a0}mars\u{202f}2024", "2024-03-03"),
            ("03/03/2024", "2024-03-03"),
            ("3/12/2024", "2024-12-03"),
            ("03-03-2024", "2024-03-03"),
            ("03.03.2024", "2024-03-03"),
            ("2024-03-03", "2024-03-03"),
            ("2024/3/3", "2024-03-03"),
            ("2024-03-03T23:30:00+01:00", "2024-03-03"),
            ("2024-03-03 23:30", "2024-03-03"),
            ("20240303", "2024-03-03"),
            ("lundi 4 mars 2024 à 12 h 30", "2024-03-04"),
            ("Publié le 15 févr. 2024", "2024-02-15"),
            ("15 fév 2024", "2024-02-15"),
            ("14 août 2024", "2024-08-14"),
            ("14 aout 2024", "2024-08-14"),
            ("2 déc. 2025", "2025-12-02"),
            ("5 sept. 2025", "2025-09-05"),
            ("29 février 2024", "2024-02-29"),
            ("du 03/03/2024 (3 mars 2024)", "2024-03-03"),
        ];
        for (text, expected) in table {
            assert_eq!(
                day(text).map(|day| day.map(|day| day.to_string())),
                Ok(Some(expected.into())),
                "{text}"
            );
        }
        assert_eq!((day(""), day(" – ")), (Ok(None), Ok(None)));
    }

    #[test]
    fn what_is_no_day_or_two_is_refused() {
        for text in [
            "31/06/2024",
            "29 février 2023",
            "2024-13-01",
            "32 mars 2024",
            "mars 2024",
            "03/03/24",
            "12/31/2024",
            "du 3 mars 2024 au 5 mars 2024",
            "hier",
            "3 brumaire 2024",
            "99999999",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_format_is_taken_at_its_word() {
        let expected = NaiveDate::from_ymd_opt(2024, 3, 4);
        assert_eq!(day_as(" 04.03.24 ", "%d.%m.%y"), Ok(expected));
        assert_eq!(day_as("", "%d.%m.%y"), Ok(None));
        assert!(day_as("4 mars", "%d.%m.%y").is_err());
    }
}
