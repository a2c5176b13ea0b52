//! `get_sample`: a few rows of a table.

use mg_core::OpContext;
use schemars::JsonSchema;
use serde::Serialize;

use super::tables::{ColumnSummary, TableDescription};
use super::{App, SqlAnswer, describe_table, run_sql};
use crate::Problem;

/// Most rows of a sample.
pub const MOST_SAMPLE_ROWS: u32 = 20;

/// A few rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TableSample {
    /// schema.table, as a query names it.
    pub table: String,
    /// The columns that the rows are ordered by, its primary key; empty where it has none, and
    /// the rows are any.
    pub ordered_by: Vec<String>,
    /// The query that was run.
    pub sql: String,
    /// Its answer.
    #[serde(flatten)]
    pub answer: SqlAnswer,
}

/// The first `rows` rows of `table`, of `columns` alone where any are named. It is a query like
/// any other: it passes the gate and the limits of [`run_sql`].
pub async fn get_sample(
    ctx: &OpContext,
    app: &App,
    table: &str,
    rows: u32,
    columns: &[String],
) -> Result<TableSample, Problem> {
    if !(1..=MOST_SAMPLE_ROWS).contains(&rows) {
        return Err(Problem::new(
            "bad_rows",
            format!("A sample has 1 to {MOST_SAMPLE_ROWS} rows, not {rows}."),
            "For more, write a query for run_sql.",
        ));
    }
    let table = describe_table(ctx, app, table).await?;
    let chosen = choose(&table, columns)?;
    let ordered_by: Vec<String> =
        table.columns.iter().filter(|column| column.primary_key).map(|column| column.name.clone()).collect();
    let sql = query(&table.name, &chosen, &ordered_by, rows);
    let answer = run_sql(ctx, app, &sql, None).await?;
    Ok(TableSample { table: table.name, ordered_by, sql, answer: SqlAnswer::clone(&answer) })
}

/// The names of the columns asked for, each once; all where none is.
fn choose(table: &TableDescription, asked: &[String]) -> Result<Vec<String>, Problem> {
    let names = || table.columns.iter().map(|column| column.name.as_str());
    if asked.is_empty() {
        return Ok(names().map(str::to_owned).collect());
    }
    let mut chosen: Vec<String> = Vec::with_capacity(asked.len());
    for wanted in asked {
        let wanted = wanted.trim();
        let found = |column: &&ColumnSummary| column.name.eq_ignore_ascii_case(wanted);
        let Some(column) = table.columns.iter().find(found) else {
            let lister = format!("describe_table of {}", table.name);
            return Err(Problem::unknown("column", wanted, names(), &lister));
        };
        if !chosen.contains(&column.name) {
            chosen.push(column.name.clone());
        }
    }
    Ok(chosen)
}

fn query(table: &str, columns: &[String], ordered_by: &[String], rows: u32) -> String {
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let table: Vec<String> = table.split('.').map(quoted).collect();
    let order = if ordered_by.is_empty() { String::new() } else { format!(" order by {}", list(ordered_by)) };
    format!("select {} from {}{order} limit {rows}", list(columns), table.join("."))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_quoted() {
        let sql = query("kpi.value", &["va\"l".to_owned(), "Zone".to_owned()], &["kpi".to_owned()], 3);
        assert_eq!(sql, r#"select "va""l", "Zone" from "kpi"."value" order by "kpi" limit 3"#);
        assert_eq!(query("a.zone", &["z".to_owned()], &[], 1), r#"select "z" from "a"."zone" limit 1"#);
    }
}
