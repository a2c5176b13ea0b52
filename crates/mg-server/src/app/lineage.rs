//! `get_lineage`: which runs wrote a table.

use mg_core::{OpContext, Scope};
use mg_store::lineage::TableWrite;
use schemars::JsonSchema;
use serde::Serialize;

use super::{App, describe_table};
use crate::Problem;

/// How many writes are told.
const MOST: i64 = 100;

/// One time that a task wrote a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableWriteReport {
    /// The table, `schema.table`.
    pub table: String,
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// What it ran.
    pub dag: String,
    /// The task that wrote.
    pub task: String,
    /// How many rows; left out where the task did not say so, and for a token that is limited to communes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub rows: Option<i64>,
    /// When, RFC 3339.
    pub at: String,
}

impl TableWriteReport {
    /// `whole`: whether the number of rows is told.
    pub(super) fn of(write: TableWrite, whole: bool) -> Self {
        let TableWrite { table_name, run_id, dag, task, attempt: _, rows, at } = write;
        Self { table: table_name, run_id, dag, task, rows: rows.filter(|_| whole), at: at.to_rfc3339() }
    }
}

/// Who wrote a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lineage {
    /// The table, `schema.table`.
    pub table: String,
    /// The last writes, newest first, at most 100.
    pub writes: Vec<TableWriteReport>,
}

/// Who wrote the table `name`, one that queries may read.
pub async fn get_lineage(ctx: &OpContext, app: &App, name: &str) -> Result<Lineage, Problem> {
    let described = describe_table(ctx, app, name).await?;
    let table = described.name;
    let whole = ctx.principal.scope == Scope::All;
    let writes = app.store.table_writes(&table, MOST).await?.into_iter();
    let writes = writes.map(|write| TableWriteReport::of(write, whole)).collect();
    Ok(Lineage { table, writes })
}
