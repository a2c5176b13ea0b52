//! `get_lineage`: which runs wrote a table, and what is measured and forecast from it.

use mg_core::{OpContext, Scope};
use mg_gate::Relation;
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

/// A KPI whose query reads a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KpiReading {
    /// Its name.
    pub kpi: String,
    /// The edition that its values were last measured from; left out while they never were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// When they were, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<String>,
    /// Where its values and forecasts are: `kpi.value` and `kpi.forecast`.
    pub gives: Vec<String>,
}

/// Where a table comes from, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lineage {
    /// The table, `schema.table`.
    pub table: String,
    /// The last writes, newest first, at most 100.
    pub writes: Vec<TableWriteReport>,
    /// The KPIs that are measured from it.
    pub kpis: Vec<KpiReading>,
}

/// Who wrote the table `name`, one that queries may read.
pub async fn get_lineage(ctx: &OpContext, app: &App, name: &str) -> Result<Lineage, Problem> {
    let described = describe_table(ctx, app, name).await?;
    let table = described.name;
    let whole = ctx.principal.scope == Scope::All;
    let writes = app.store.table_writes(&table, MOST).await?.into_iter();
    let writes = writes.map(|write| TableWriteReport::of(write, whole)).collect();
    let kpis = readings(app, &table).await?;
    Ok(Lineage { table, writes, kpis })
}

/// The KPIs whose query names the table. The gate found the names; where none has a schema written,
/// the search path of those who measure decides, in which `analytics` comes first.
async fn readings(app: &App, table: &str) -> Result<Vec<KpiReading>, Problem> {
    let reads = |relation: &Relation| match &relation.schema {
        Some(_) => relation.to_string() == table,
        None => table.split_once('.').is_some_and(|(_, name)| name == relation.name),
    };
    let mut readings = Vec::new();
    for kpi in app.models.kpis.iter().filter(|kpi| kpi.query.relations().iter().any(reads)) {
        let measured = app.store.kpi(&kpi.name).await?;
        let (edition, at) = measured.map(|kpi| (kpi.edition, kpi.computed_at)).unwrap_or_default();
        readings.push(KpiReading {
            kpi: kpi.name.clone(),
            edition,
            measured_at: at.map(|at| at.to_rfc3339()),
            gives: vec!["kpi.value".to_owned(), "kpi.forecast".to_owned()],
        });
    }
    Ok(readings)
}
