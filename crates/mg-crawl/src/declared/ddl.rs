//! A spider's table as SQL text. Who runs it is not here.

use mg_core::{Column, ColumnType};

use super::{Declared, Field};

/// What each row says of where it comes from.
const PROVENANCE: [(&str, &str, &str); 5] = [
    ("source_url", "text not null", "Adresse de la page. / Address of the page."),
    ("fetched_at", "timestamptz not null", "Instant de la lecture. / When it was fetched."),
    ("run_id", "bigint", "Exécution qui l'a lue. / Run that read it."),
    ("content_hash", "text not null", "SHA-256 de la page. / SHA-256 of the page."),
    ("edition", "text not null", "Édition (millésime). / Edition."),
];

impl Declared {
    /// The statements that create the table, with comments in both languages: no schema is created, and nothing is
    /// dropped or altered.
    pub fn ddl(&self) -> String {
        let name = &self.table.name;
        let mut lines: Vec<String> = self.table.columns.iter().map(column).collect();
        lines.extend(PROVENANCE.iter().map(|(name, kind, _)| format!("{name} {kind}")));
        let key: Vec<&str> = self.table.key().map(|key| key.as_str()).collect();
        lines.push(format!("primary key ({})", key.join(", ")));
        let mut sql = format!("create table analytics.{name} (\n    {}\n);\n", lines.join(",\n    "));
        let title = both(&self.title_fr, &self.title_en);
        let doc = documented(self.table_doc_fr.as_deref(), self.table_doc_en.as_deref());
        let doc = [Some(title), doc, Some(format!("Source : {}.", self.producer))];
        let doc: Vec<String> = doc.into_iter().flatten().collect();
        sql.push_str(&format!("comment on table analytics.{name} is {};\n", quoted(&doc.join(" "))));
        for field in &self.fields {
            sql.push_str(&comment(name, &field.name, &described(field)));
        }
        for (column, _, doc) in PROVENANCE {
            sql.push_str(&comment(name, column, doc));
        }
        sql
    }
}

/// `prix_eur double precision not null`.
pub(super) fn column(column: &Column) -> String {
    let required = if column.required { " not null" } else { "" };
    format!("{} {}{required}", column.name, sql_type(column.kind))
}

/// What Postgres calls a type (`format_type`).
pub(super) fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Integer => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Date => "date",
    }
}

/// What each row has besides its fields: name and SQL type.
pub(super) fn provenance() -> impl Iterator<Item = (&'static str, &'static str)> {
    PROVENANCE.iter().map(|(name, kind, _)| (*name, *kind))
}

fn comment(table: &str, column: &str, doc: &str) -> String {
    format!("comment on column analytics.{table}.{column} is {};\n", quoted(doc))
}

fn described(field: &Field) -> String {
    let doc = documented(field.doc_fr.as_deref(), field.doc_en.as_deref());
    let doc = doc.unwrap_or_else(|| format!("{}.", field.name.replace('_', " ")));
    match &field.unit {
        Some(unit) => format!("{doc} Unité / unit: {unit}."),
        None => doc,
    }
}

fn documented(french: Option<&str>, english: Option<&str>) -> Option<String> {
    match (french, english) {
        (Some(french), Some(english)) => Some(both(french, english)),
        (one, other) => one.or(other).map(|doc| format!("{}.", doc.trim_end_matches('.'))),
    }
}

fn both(french: &str, english: &str) -> String {
    format!("{}. / {}.", french.trim_end_matches('.'), english.trim_end_matches('.'))
}

/// A literal of SQL, with `standard_conforming_strings` as it is by default.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}
