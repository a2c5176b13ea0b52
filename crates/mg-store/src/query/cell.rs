//! Cells: Postgres' text of a value, as JSON.
//!
//! Numbers become JSON numbers where a double holds them; a longer `numeric` or `bigint`
//! stays text, for a rounded figure would be a wrong one. JSON stays JSON; every other type
//! is its text.

use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{Column, Row, TypeInfo};

use super::text_at;

/// Digits that a double always holds.
const EXACT_DIGITS: usize = 15;

/// The cells of a row, and how many bytes of text they came from.
pub(super) fn read_row(row: &PgRow) -> Result<(Vec<Value>, usize), sqlx::Error> {
    let mut bytes = 0;
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let text = text_at(row, index)?;
        bytes += text.map_or(4, str::len);
        cells.push(text.map_or(Value::Null, |text| cell(column.type_info().name(), text)));
    }
    Ok((cells, bytes))
}

fn cell(data_type: &str, text: &str) -> Value {
    match data_type {
        "BOOL" => Value::Bool(text == "t"),
        "INT2" | "INT4" | "INT8" => integer(text),
        "FLOAT4" | "FLOAT8" => float(text),
        "NUMERIC" => numeric(text),
        "JSON" | "JSONB" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

fn integer(text: &str) -> Value {
    match text.parse::<i64>() {
        // Past 2^53 many readers of JSON round.
        Ok(number) if number.unsigned_abs() <= 1 << 53 => number.into(),
        _ => text.into(),
    }
}

fn float(text: &str) -> Value {
    // NaN and the infinities are no JSON numbers and stay text.
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map_or_else(|| text.into(), Value::Number)
}

fn numeric(text: &str) -> Value {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !text.contains('.') {
        return if digits <= EXACT_DIGITS { integer(text) } else { text.into() };
    }
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    let significant = trimmed.bytes().filter(u8::is_ascii_digit).count();
    if significant <= EXACT_DIGITS { float(trimmed) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_a_number_only_where_nothing_is_lost() {
        assert_eq!(cell("INT8", "9007199254740993"), json!("9007199254740993"));
        assert_eq!(cell("INT4", "-12"), json!(-12));
        assert_eq!(cell("NUMERIC", "4250.50"), json!(4250.5));
        assert_eq!(cell("NUMERIC", "12.000000000000000000"), json!(12.0));
        assert_eq!(cell("NUMERIC", "0.33333333333333333333"), json!("0.33333333333333333333"));
        assert_eq!(cell("NUMERIC", "NaN"), json!("NaN"));
        assert_eq!(cell("FLOAT8", "Infinity"), json!("Infinity"));
    }

    #[test]
    fn other_types_keep_their_own_form() {
        assert_eq!(cell("BOOL", "t"), json!(true));
        assert_eq!(cell("JSONB", "{\"a\": [1]}"), json!({"a": [1]}));
        assert_eq!(cell("DATE", "2026-10-01"), json!("2026-10-01"));
    }
}
