//! Text tables: how rows look to a model that reads only text.

use serde_json::Value;

/// Cells longer than this are cut in the text; the structured answer has them whole.
const LONGEST_CELL: usize = 80;

/// A Markdown table of the first `most` rows.
pub(super) fn markdown(columns: &[&str], rows: &[Vec<Value>], most: usize) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(columns.iter().map(|name| escape(name)).collect());
    text.push_str(&line(columns.iter().map(|_| "---".to_owned()).collect()));
    for row in rows.iter().take(most) {
        text.push_str(&line(row.iter().map(|value| escape(&plain(value))).collect()));
    }
    text
}

/// A number as people read it: no more than two decimals.
pub(super) fn number(value: f64) -> String {
    let rounded = format!("{value:.2}");
    match rounded.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        // Told from no value.
        Value::String(text) if text == "NULL" => "'NULL'".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST_CELL).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut.replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_cannot_break_the_table() {
        let rows = vec![vec![json!("a|b\nc"), Value::Null], vec![json!(1), json!("x".repeat(100))]];
        let text = markdown(&["t", "u"], &rows, 10);
        assert_eq!(text.lines().nth(2), Some("| a\\|b c | NULL |"));
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains('…'));
        assert_eq!(markdown(&["t", "u"], &rows, 1).lines().count(), 3);
    }

    #[test]
    fn numbers_lose_only_noise() {
        assert_eq!((number(12.0), number(0.126), number(-0.001)), ("12".into(), "0.13".into(), "0".into()));
    }
}
