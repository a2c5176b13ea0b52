//! Cells: Postgres' values, as JSON.
//!
//! Numbers become JSON numbers where a double holds them; a longer `numeric` or `bigint`
//! stays text, for a rounded figure would be a wrong one. JSON and arrays stay JSON, unless a
//! number in them is too long; every other type is its text.

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::Value;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Postgres, Row};

use super::shape::CellKind;

/// Digits that a double always holds.
const EXACT_DIGITS: usize = 15;

/// The cells of a row.
pub(super) struct Cells {
    pub(super) values: Vec<Value>,
    /// Bytes that they take as text, about.
    pub(super) bytes: usize,
    /// How many of them were cut.
    pub(super) cut: usize,
}

/// The cells of a row, none longer than `longest` characters.
pub(super) fn read_row(row: &PgRow, kinds: &[CellKind], longest: usize) -> Result<Cells, sqlx::Error> {
    let mut cells = Cells { values: Vec::with_capacity(kinds.len()), bytes: 0, cut: 0 };
    for (index, kind) in kinds.iter().enumerate() {
        let value = match kind {
            CellKind::Bool => row.try_get::<Option<bool>, _>(index)?.map(|value| (value.into(), 5)),
            CellKind::Int2 => row.try_get::<Option<i16>, _>(index)?.map(|value| integer(value.into())),
            CellKind::Int4 => row.try_get::<Option<i32>, _>(index)?.map(|value| integer(value.into())),
            CellKind::Int8 => row.try_get::<Option<i64>, _>(index)?.map(integer),
            CellKind::Float4 => row.try_get::<Option<f32>, _>(index)?.map(single),
            CellKind::Float8 => row.try_get::<Option<f64>, _>(index)?.map(float),
            CellKind::Date => row.try_get_unchecked::<Option<Days>, _>(index)?.map(date),
            CellKind::Numeric | CellKind::Json | CellKind::Text => {
                row.try_get_unchecked::<Option<&str>, _>(index)?.map(|text| {
                    let (text, cut) = within(text, longest);
                    cells.cut += usize::from(cut);
                    (from_text(*kind, text, cut), text.len())
                })
            }
        };
        let (value, bytes) = value.unwrap_or((Value::Null, 4));
        cells.bytes += bytes;
        cells.values.push(value);
    }
    Ok(cells)
}

/// A `date` as the server sends it: days since the first of January 2000.
#[derive(Clone, Copy)]
struct Days(i32);

impl<'r> sqlx::Decode<'r, Postgres> for Days {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(i32::from_be_bytes(value.as_bytes()?.try_into()?)))
    }
}

/// A date as Postgres writes it.
fn date(days: Days) -> (Value, usize) {
    const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day of the calendar");
    let text = match days.0 {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => match EPOCH.checked_add_signed(TimeDelta::days(days.into())) {
            Some(day) if day.year() > 0 => format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
            Some(day) => format!("{:04}-{:02}-{:02} BC", 1 - day.year(), day.month(), day.day()),
            // Postgres' calendar ends in the year 5874897.
            None => format!("day {days} after 2000-01-01"),
        },
    };
    (text.into(), 10)
}

/// The text up to `longest` characters, and whether there was more.
fn within(text: &str, longest: usize) -> (&str, bool) {
    if text.len() <= longest {
        return (text, false);
    }
    match text.char_indices().nth(longest) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

fn from_text(kind: CellKind, text: &str, cut: bool) -> Value {
    match kind {
        _ if cut => text.into(),
        CellKind::Numeric => numeric(text),
        CellKind::Json if !has_long_number(text) => {
            // The null of JSON is a value; that of SQL is none.
            serde_json::from_str(text)
                .ok()
                .filter(|json: &Value| !json.is_null())
                .unwrap_or_else(|| text.into())
        }
        _ => text.into(),
    }
}

fn integer(value: i64) -> (Value, usize) {
    let digits = value.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    // Past 2^53 many readers of JSON round.
    let value = if value.unsigned_abs() <= 1 << 53 { value.into() } else { value.to_string().into() };
    (value, digits)
}

fn float(value: f64) -> (Value, usize) {
    // NaN and the infinities are no JSON numbers and are text, as Postgres writes them.
    let number = serde_json::Number::from_f64(value).map(Value::Number);
    (number.unwrap_or_else(|| special(value)), 8)
}

fn single(value: f32) -> (Value, usize) {
    // By way of its shortest text: as a double, 0.1 would show digits that no one wrote.
    let (exact, bytes) = float(value.into());
    let shortest = value.to_string().parse().ok().and_then(serde_json::Number::from_f64);
    (shortest.map_or(exact, Value::Number), bytes)
}

fn special(value: f64) -> Value {
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    name.into()
}

fn numeric(text: &str) -> Value {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !text.contains('.') {
        let exact = text.parse::<i64>().ok().filter(|_| digits <= EXACT_DIGITS);
        return exact.map_or_else(|| text.into(), Value::from);
    }
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    let significant = trimmed.bytes().filter(u8::is_ascii_digit).count();
    let exact = trimmed.parse().ok().and_then(serde_json::Number::from_f64);
    exact.filter(|_| significant <= EXACT_DIGITS).map_or_else(|| text.into(), Value::Number)
}

/// Whether a run of digits (with its point) in JSON text is longer than a double holds. A long
/// run inside a string counts too: then the JSON is handed on as text, which loses nothing.
fn has_long_number(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        match byte {
            b'0'..=b'9' => run += 1,
            b'.' => {}
            _ => run = 0,
        }
        run > EXACT_DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_a_number_only_where_nothing_is_lost() {
        assert_eq!(integer(9_007_199_254_740_993).0, json!("9007199254740993"));
        assert_eq!(integer(-12), (json!(-12), 2));
        assert_eq!(integer(i64::MIN).0, json!("-9223372036854775808"));
        assert_eq!(numeric("4250.50"), json!(4250.5));
        assert_eq!(numeric("12.000000000000000000"), json!(12.0));
        assert_eq!(numeric("0.33333333333333333333"), json!("0.33333333333333333333"));
        assert_eq!(numeric("NaN"), json!("NaN"));
        assert_eq!(float(f64::NEG_INFINITY).0, json!("-Infinity"));
        assert_eq!(single(0.1).0, json!(0.1));
    }

    #[test]
    fn json_keeps_its_form_unless_a_number_would_be_rounded() {
        assert_eq!(from_text(CellKind::Json, "{\"a\": [1.5]}", false), json!({"a": [1.5]}));
        let long = "[12345678901234567.25]";
        assert_eq!(from_text(CellKind::Json, long, false), json!(long));
        assert_eq!(from_text(CellKind::Json, "[1, 2", true), json!("[1, 2"));
    }

    #[test]
    fn a_day_reads_as_postgres_writes_it() {
        let of = |days| date(Days(days)).0;
        assert_eq!(of(0), json!("2000-01-01"));
        assert_eq!(of(9_770), json!("2026-10-01"));
        assert_eq!(of(-730_119), json!("0001-01-01"));
        assert_eq!(of(-730_120), json!("0001-12-31 BC"));
        assert_eq!(of(i32::MAX), json!("infinity"));
        assert_eq!(of(i32::MAX - 1), json!("day 2147483646 after 2000-01-01"));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(within("été", 2), ("ét", true));
        assert_eq!(within("été", 3), ("été", false));
        assert_eq!(within("", 0), ("", false));
    }
}
