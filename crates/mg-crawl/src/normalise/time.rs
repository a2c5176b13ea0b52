//! Times of day: `12 h 30`, `12h`, `9h05`, `12:30`.

use super::{NoValue, folded, spaces};

/// The one time of day in a text, as `HH:MM`; `None` for a text without a digit.
pub fn time_of_day(text: &str) -> Result<Option<String>, NoValue> {
    let text = folded(&spaces(text));
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let refused =
        |reason: &str| NoValue::because(format!("{reason} in `{text}`; write it as 12 h 30 or 12:30"));
    let mut found = None;
    for (place, _) in text.match_indices(['h', ':']) {
        let Some(time) = around(&text, place) else { continue };
        if found.is_some_and(|other| other != time) {
            return Err(refused("there are two times of day"));
        }
        found = Some(time);
    }
    match found {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(Some(format!("{hour:02}:{minute:02}"))),
        _ => Err(refused("there is no time of day")),
    }
}

/// Hour and minute on both sides of the mark at `place`; after `h` the minute may be missing.
fn around(text: &str, place: usize) -> Option<(u32, u32)> {
    let before = text[..place].trim_end();
    let start = before.rfind(|character: char| !character.is_ascii_digit()).map_or(0, |at| at + 1);
    let start = (start..=before.len()).find(|at| before.is_char_boundary(*at))?;
    let hour: u32 = Some(&before[start..]).filter(|digits| digits.len() <= 2)?.parse().ok()?;
    // `12:30:00` has its seconds behind a second mark.
    if before[..start].ends_with(':') {
        return None;
    }
    let after = text[place + 1..].strip_prefix("eures").or(text[place + 1..].strip_prefix("eure"));
    let after = after.unwrap_or(&text[place + 1..]).trim_start();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    match digits.len() {
        2 => Some((hour, digits.parse().ok()?)),
        0 if text[place..].starts_with('h') && !after.starts_with(char::is_alphabetic) => Some((hour, 0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_times() {
        let table = [
            ("12 h 30", "12:30"),
            ("12\u{a0}h\u{202f}30", "12:30"),
            ("9h05", "09:05"),
            ("9 h", "09:00"),
            ("18 heures", "18:00"),
            ("1 heure 15", "01:15"),
            ("08:45", "08:45"),
            ("08:45:10", "08:45"),
            ("mardi 3 mars 2024 à 12 h 30", "12:30"),
            ("2024-03-03T23:30:00", "23:30"),
        ];
        for (text, expected) in table {
            assert_eq!(time_of_day(text), Ok(Some(expected.to_owned())), "{text}");
        }
        assert_eq!(time_of_day("fermé"), Ok(None));
    }

    #[test]
    fn what_is_no_time_or_two_is_refused() {
        for text in ["25 h", "12 h 75", "12", "9 h - 12 h", "12 habitants", "3 mars 2024", "123 h"] {
            assert!(time_of_day(text).is_err(), "{text}");
        }
    }
}
