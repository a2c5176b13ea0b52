//! `list_tables` and `describe_table`: what can be queried.

use mg_core::OpContext;
use mg_store::catalog::TableInfo;
use schemars::JsonSchema;
use serde::Serialize;

use super::App;
use crate::Problem;

/// A table in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableSummary {
    /// schema.table, as a query names it.
    pub name: String,
    /// table or view.
    pub kind: String,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Rows, estimated; left out for a view.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// table or view.
    pub kind: String,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its columns, in their order.
    pub columns: Vec<ColumnSummary>,
}

/// Every table that can be queried.
pub async fn list_tables(_ctx: &OpContext, app: &App) -> Result<Vec<TableSummary>, Problem> {
    let tables = app.store.tables().await?.into_iter();
    Ok(tables
        .map(|table| TableSummary {
            name: format!("{}.{}", table.schema, table.name),
            kind: table.kind,
            comment: table.comment,
            estimated_rows: table.estimated_rows,
        })
        .collect())
}

/// The columns of `name`: `table` or `schema.table`.
pub async fn describe_table(_ctx: &OpContext, app: &App, name: &str) -> Result<TableDescription, Problem> {
    let tables = app.store.tables().await?;
    let wanted = name.trim().replace('"', "").to_lowercase();
    let full = |schema: &str, table: &str| format!("{schema}.{table}");
    let found = tables.iter().find(|t| t.name == wanted || full(&t.schema, &t.name) == wanted);
    let Some(table) = found else {
        // A bare name looks like bare names.
        let bare = !wanted.contains('.');
        let name = |t: &TableInfo| if bare { t.name.clone() } else { full(&t.schema, &t.name) };
        let known: Vec<String> = tables.iter().map(name).collect();
        return Err(Problem::unknown("table", &wanted, known.iter().map(String::as_str), "list_tables"));
    };
    let columns = app.store.columns(&table.schema, &table.name).await?.into_iter();
    Ok(TableDescription {
        name: full(&table.schema, &table.name),
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
