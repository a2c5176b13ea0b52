//! `list_tables`, `describe_table` and `get_table_schemas`: what can be queried.

use mg_core::{OpContext, Scope};
use mg_store::catalog::TableInfo;
use schemars::JsonSchema;
use serde::Serialize;

use super::App;
use crate::Problem;
use crate::problem::nearest;

/// A table in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableSummary {
    /// schema.table, as a query names it.
    pub name: String,
    /// What it is.
    #[schemars(extend("enum" = ["table", "view"]))]
    pub kind: String,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Rows, estimated; left out for a view, and for a token that is limited to communes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub estimated_rows: Option<i64>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its Postgres type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether it may be empty.
    pub nullable: bool,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// The schema.table.column that it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
}

/// A table with its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableDescription {
    /// schema.table, as a query names it.
    pub name: String,
    /// What it is.
    #[schemars(extend("enum" = ["table", "view"]))]
    pub kind: String,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its columns, in their order.
    pub columns: Vec<ColumnSummary>,
}

/// A name that no table has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnknownTable {
    /// The name asked for.
    pub name: String,
    /// Names that look like it, best first.
    pub nearest: Vec<String>,
}

/// Several tables with their columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableSchemas {
    /// The tables, in the order asked for, each once.
    pub tables: Vec<TableDescription>,
    /// Names asked for that no table has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownTable>,
}

/// Most tables described at a time.
pub const MOST_SCHEMAS: usize = 20;

/// Every table that can be queried.
pub async fn list_tables(ctx: &OpContext, app: &App) -> Result<Vec<TableSummary>, Problem> {
    let tables = app.open_tables().await?.into_iter();
    // The estimate counts the rows that row security hides.
    let counts = ctx.principal.scope == Scope::All;
    Ok(tables
        .map(|table| TableSummary {
            name: format!("{}.{}", table.schema, table.name),
            kind: table.kind,
            comment: table.comment,
            estimated_rows: table.estimated_rows.filter(|_| counts),
        })
        .collect())
}

/// The columns of `name`: `table` or `schema.table`.
pub async fn describe_table(_ctx: &OpContext, app: &App, name: &str) -> Result<TableDescription, Problem> {
    let tables = app.open_tables().await?;
    let wanted = plain(name);
    let Some(table) = named(&tables, &wanted) else {
        let known = alike(&tables, &wanted);
        return Err(Problem::unknown("table", &wanted, known.iter().map(String::as_str), "list_tables"));
    };
    describe(app, table).await
}

/// The columns of up to [`MOST_SCHEMAS`] tables. Names that no table has are told beside those that
/// have one; where none has, that is a problem.
pub async fn get_table_schemas(
    ctx: &OpContext,
    app: &App,
    names: &[String],
) -> Result<TableSchemas, Problem> {
    if names.is_empty() || names.len() > MOST_SCHEMAS {
        return Err(Problem::new(
            "bad_tables",
            format!("get_table_schemas describes 1 to {MOST_SCHEMAS} tables at a time, not {}.", names.len()),
            "Ask in several calls; list_tables names the tables.",
        ));
    }
    let tables = app.open_tables().await?;
    let mut schemas = TableSchemas { tables: Vec::new(), unknown: Vec::new() };
    for name in names {
        let wanted = plain(name);
        match named(&tables, &wanted) {
            Some(table) if schemas.tables.iter().any(|known| known.name == full(table)) => {}
            Some(table) => schemas.tables.push(describe(app, table).await?),
            None => {
                let known = alike(&tables, &wanted);
                let nearest = nearest(&wanted, known.iter().map(String::as_str));
                let nearest = nearest.into_iter().map(str::to_owned).collect();
                schemas.unknown.push(UnknownTable { name: wanted.chars().take(60).collect(), nearest });
            }
        }
    }
    match (schemas.tables.is_empty(), names) {
        (false, _) => Ok(schemas),
        (true, [only]) => describe_table(ctx, app, only).await.map(|_| schemas),
        (true, _) => Err(none_known(&schemas.unknown)),
    }
}

fn none_known(unknown: &[UnknownTable]) -> Problem {
    let names: Vec<String> = unknown.iter().map(|table| format!("`{}`", table.name)).collect();
    let mut near: Vec<&str> =
        unknown.iter().flat_map(|table| table.nearest.iter().map(String::as_str)).collect();
    near.dedup();
    let near = if near.is_empty() { String::new() } else { format!("Did you mean {}? ", near.join(" or ")) };
    Problem::new(
        "unknown_table",
        format!("There are no tables named {}.", names.join(", ")),
        format!("{near}list_tables lists them."),
    )
}

/// A table's name as it is written in a question: `Fact_Permis`, `"analytics"."fact_permis"`.
fn plain(name: &str) -> String {
    name.trim().replace('"', "").to_lowercase()
}

/// `schema.table`.
fn full(table: &TableInfo) -> String {
    format!("{}.{}", table.schema, table.name)
}

fn named<'a>(tables: &'a [TableInfo], wanted: &str) -> Option<&'a TableInfo> {
    tables.iter().find(|table| table.name == wanted || full(table) == wanted)
}

/// The names that `wanted` may have meant: a bare name looks like bare names.
fn alike(tables: &[TableInfo], wanted: &str) -> Vec<String> {
    let bare = !wanted.contains('.');
    tables.iter().map(|table| if bare { table.name.clone() } else { full(table) }).collect()
}

async fn describe(app: &App, table: &TableInfo) -> Result<TableDescription, Problem> {
    let columns = app.store.columns(&table.schema, &table.name).await?.into_iter();
    Ok(TableDescription {
        name: full(table),
        kind: table.kind.clone(),
        comment: table.comment.clone(),
        columns: columns
            .map(|column| ColumnSummary {
                name: column.name,
                data_type: column.data_type,
                nullable: column.nullable,
                comment: column.comment,
                primary_key: column.in_primary_key,
                refers_to: column.refers_to,
            })
            .collect(),
    })
}
