//! `run_sql`: one read-only query, within limits.

use mg_core::OpContext;
use mg_store::query::{Rows, Truncation};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::Problem;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its Postgres type.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SqlAnswer {
    /// The columns.
    pub columns: Vec<SqlColumn>,
    /// The rows: a value a column, in their order. A number too long for JSON is text.
    pub rows: Vec<Vec<Value>>,
    /// How many rows are here.
    pub row_count: usize,
    /// Whether there are more rows than are here.
    pub truncated: bool,
    /// Why rows are missing and what to do; left out when none are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncation: Option<String>,
}

/// Runs `sql` as the reader.
pub async fn run_sql(ctx: &OpContext, app: &App, sql: &str) -> Result<SqlAnswer, Problem> {
    let gate = app.gate.clone();
    let text = sql.to_owned();
    // The gate's parser may make the caller wait.
    let admitted = tokio::task::spawn_blocking(move || gate.admit(&text))
        .await
        .map_err(|error| Problem::new("internal", format!("The gate broke off: {error}."), "Try again."))??;
    let rows = app.store.query(&admitted, app.limits).await?;
    tracing::info!(principal = ctx.principal.name, rows = rows.rows.len(), "query answered");
    Ok(answer(rows, app))
}

fn answer(rows: Rows, app: &App) -> SqlAnswer {
    let reason = rows.truncated.map(|why| match why {
        Truncation::Rows => format!("the limit of {} rows", app.limits.rows),
        Truncation::Bytes => format!("the limit of {} bytes", app.limits.bytes),
    });
    SqlAnswer {
        columns: rows
            .columns
            .into_iter()
            .map(|column| SqlColumn { name: column.name, data_type: column.data_type })
            .collect(),
        row_count: rows.rows.len(),
        rows: rows.rows,
        truncated: reason.is_some(),
        truncation: reason.map(|reason| {
            format!("There are more rows: {reason} was reached. Aggregate, filter, or page with order by and limit/offset.")
        }),
    }
}
