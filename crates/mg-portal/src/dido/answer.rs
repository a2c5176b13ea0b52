//! The two forms of an answer.

use serde_json::{Map, Value};

use super::query::Query;
use super::table::{Cell, Head, Table};
use crate::trouble::Renamed;

/// What DiDo answers, as text with status 200, when no row matches.
pub(super) const EMPTY: &str = "Le fichier est vide";

/// The rows as a CSV file: `;`, text in quotes, numbers bare, empty cells with nothing.
/// The column that `renamed` names bears its other name.
pub(super) fn csv(table: &dyn Table, query: &Query, renamed: Option<&Renamed>) -> String {
    let rows = query.rows(table);
    if rows.is_empty() {
        return EMPTY.to_owned();
    }
    let heads: Vec<&Head> = query.columns.iter().map(|&column| &table.heads()[column]).collect();
    let mut csv = String::with_capacity((rows.len() + 2) * heads.len() * 6);
    let lines = query.lines;
    if lines.descriptions {
        line(&mut csv, heads.iter().map(|head| head.label));
    }
    if lines.names {
        line(&mut csv, heads.iter().map(|head| renamed.map_or(head.code, |renamed| renamed.of(head.code))));
    }
    if lines.units {
        line(&mut csv, heads.iter().map(|head| unit(head)));
    }
    for row in rows {
        for (position, &column) in query.columns.iter().enumerate() {
            if position > 0 {
                csv.push(';');
            }
            write(&mut csv, &table.cell(row, column));
        }
        csv.push('\n');
    }
    csv
}

/// The rows as a JSON array of objects.
pub(super) fn json(table: &dyn Table, query: &Query) -> Value {
    let object = |row| -> Map<String, Value> {
        let member =
            |&column: &usize| (table.heads()[column].code.to_owned(), value(table.cell(row, column)));
        query.columns.iter().map(member).collect()
    };
    query.rows(table).into_iter().map(object).collect()
}

/// The unit of a column, where it has one.
pub(super) fn unit(head: &Head) -> &'static str {
    if ["SURF_", "SUPERFICIE", "SDP_"].iter().any(|prefix| head.code.starts_with(prefix)) {
        "m²"
    } else {
        "n/a"
    }
}

fn line<'a>(csv: &mut String, texts: impl Iterator<Item = &'a str>) {
    for (position, text) in texts.enumerate() {
        if position > 0 {
            csv.push(';');
        }
        quote(csv, text);
    }
    csv.push('\n');
}

fn write(csv: &mut String, cell: &Cell<'_>) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => quote(csv, text),
        Cell::Number(number) => csv.push_str(&number.to_string()),
        Cell::Flag(flag) => quote(csv, if *flag { "true" } else { "false" }),
    }
}

fn quote(csv: &mut String, text: &str) {
    csv.push('"');
    csv.push_str(&text.replace('"', "\"\""));
    csv.push('"');
}

fn value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => text.into_owned().into(),
        Cell::Number(number) => number.into(),
        Cell::Flag(flag) => flag.into(),
    }
}
