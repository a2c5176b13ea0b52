//! Tables for people, JSON for programs.

use std::fmt::Display;
use std::io::Write;

use chrono::DateTime;
use chrono_tz::Europe::Paris;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

/// A table with these headers; columns in `right` are figures.
pub(crate) fn table(headers: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headers.to_vec());
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// `value` as JSON on standard output.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    print(serde_json::to_string_pretty(value)?)
}

/// `println!` that gives its caller the error instead of a panic.
macro_rules! outln {
    ($($text:tt)*) => {
        $crate::show::print(format_args!($($text)*))?
    };
}
pub(crate) use outln;

/// A text and a line's end on standard output. Whoever reads it may stop early, as `head`
/// does: that ends the command, and is no failure of it.
pub(crate) fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{text}").and_then(|()| out.flush())?)
}

/// A figure as French readers write it: thin groups of three, decimal comma where it matters.
pub(crate) fn figure(value: f64) -> String {
    let decimals = usize::from(value.abs() < 100.0 && (value - value.round()).abs() > 0.05);
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "-" } else { "" };
    let comma = if fraction.is_empty() { "" } else { "," };
    format!("{sign}{grouped}{comma}{fraction}")
}

/// An instant of an answer as people read it: to the second, in Paris.
pub(crate) fn instant(rfc3339: &str) -> String {
    let Ok(instant) = DateTime::parse_from_rfc3339(rfc3339) else { return rfc3339.to_owned() };
    instant.with_timezone(&Paris).format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::{figure, instant};

    #[test]
    fn instants_are_told_in_paris() {
        assert_eq!(instant("2026-07-01T22:30:00.123456+00:00"), "2026-07-02 00:30:00");
        assert_eq!(instant("2026-12-01T22:30:00Z"), "2026-12-01 23:30:00");
    }

    #[test]
    fn figures_are_written_as_french_readers_write_them() {
        assert_eq!(figure(1_234_567.4), "1\u{202f}234\u{202f}567");
        assert_eq!(figure(12.34), "12,3");
        assert_eq!(figure(-4_030.0), "-4\u{202f}030");
        assert_eq!(figure(-0.01), "0");
        assert_eq!(figure(100.0), "100");
    }
}
