//! Numbers and dates as French pages write them.

use chrono::{Datelike, NaiveDate};

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// An amount in cents: `325 000,00 €`, its spaces unbreakable as on real pages.
pub(crate) fn euros(cents: i64) -> String {
    format!("{},{:02}\u{a0}€", grouped(cents / 100), cents % 100)
}

/// An area in tenths of a square metre: `78,5 m²`, `78 m²`.
pub(crate) fn square_metres(tenths: i64) -> String {
    match tenths % 10 {
        0 => format!("{}\u{a0}m²", grouped(tenths / 10)),
        rest => format!("{},{rest}\u{a0}m²", grouped(tenths / 10)),
    }
}

/// A day: `3 mars 2026`, `1er avril 2026`.
pub(crate) fn day(date: NaiveDate) -> String {
    let day = if date.day() == 1 { "1er".to_owned() } else { date.day().to_string() };
    format!("{day} {} {}", MONTHS[date.month0() as usize], date.year())
}

fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for (position, digit) in digits[first..].chars().enumerate() {
        if position % 3 == 0 && !text.is_empty() {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_are_written_as_in_french() {
        let spaced = |text: String| text.replace('\u{a0}', " ");
        assert_eq!(spaced(euros(32_500_000)), "325 000,00 €");
        assert_eq!(spaced(euros(99_950)), "999,50 €");
        assert_eq!(spaced(euros(120_000_005)), "1 200 000,05 €");
        assert_eq!(spaced(square_metres(785)), "78,5 m²");
        assert_eq!(spaced(square_metres(1_200)), "120 m²");
        let date = NaiveDate::from_ymd_opt(2026, 3, 3).expect("a day");
        assert_eq!(day(date), "3 mars 2026");
        assert_eq!(day(date.with_day(1).expect("a day")), "1er mars 2026");
    }
}
