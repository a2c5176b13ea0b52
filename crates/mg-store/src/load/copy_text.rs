//! Records in COPY's text format (PostgreSQL manual, "COPY", File Formats).

use std::io::Write;

use mg_core::{Record, Value};

/// One line: the record's number, then its values.
pub(super) fn write_row(out: &mut Vec<u8>, number: u64, record: &Record) {
    write(out, format_args!("{number}"));
    for value in &record.values {
        out.push(b'\t');
        write_value(out, value);
    }
    out.push(b'\n');
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"\\N"),
        Value::Text(text) => write_escaped(out, text),
        Value::Integer(number) => write(out, format_args!("{number}")),
        Value::Float(number) => write(out, format_args!("{number}")),
        Value::Date(day) => write(out, format_args!("{day}")),
    }
}

fn write_escaped(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            // Postgres stores no NUL in text.
            0 => {}
            other => out.push(other),
        }
    }
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing into memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_copy_is_escaped() {
        let record = Record {
            values: vec![
                Value::Text("a\tb\\c\nd\re\0f".to_owned()),
                Value::Null,
                Value::Text("\\N".to_owned()),
                Value::Integer(-3),
                Value::Float(0.5),
            ],
        };
        let mut line = Vec::new();
        write_row(&mut line, 7, &record);
        assert_eq!(String::from_utf8_lossy(&line), "7\ta\\tb\\\\c\\nd\\ref\t\\N\t\\\\N\t-3\t0.5\n");
    }
}
