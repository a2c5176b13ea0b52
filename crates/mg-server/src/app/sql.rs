//! `run_sql`: one read-only query, within limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mg_core::{OpContext, Scope};
use mg_gate::Kind;
use mg_store::Moment;
use mg_store::query::{Limits, Rows, Truncation};
use quick_cache::sync::Cache;
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
    /// Why rows are missing or cells are cut, and what to do; left out when nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncation: Option<String>,
}

impl SqlAnswer {
    /// The answer as JSON. The rows are moved, not copied: they are most of it.
    pub fn into_json(mut self) -> Result<Value, serde_json::Error> {
        let rows = std::mem::take(&mut self.rows);
        let mut json = serde_json::to_value(self)?;
        json["rows"] = rows.into_iter().map(Value::Array).collect();
        Ok(json)
    }
}

/// Runs `sql` as the reader, within the principal's scope.
pub async fn run_sql(ctx: &OpContext, app: &App, sql: &str) -> Result<Arc<SqlAnswer>, Problem> {
    if let Some(answer) = app.answers.given(ctx, app, sql) {
        return Ok(answer);
    }
    let moment = app.signals.data();
    let admitted = app.admit(sql).await?;
    if admitted.kind() == Kind::Explain {
        withhold_plan(ctx)?;
    }
    let rows = app.store.query(&ctx.principal.scope, &admitted, app.limits).await?;
    let answer = Arc::new(answer(rows, app.limits));
    app.answers.keep(ctx, sql, moment, &answer);
    Ok(answer)
}

/// A plan rests on the statistics of whole tables, and counts the rows that row security hides.
pub(super) fn withhold_plan(ctx: &OpContext) -> Result<(), Problem> {
    if ctx.principal.scope == Scope::All {
        return Ok(());
    }
    Err(Problem::new(
        "plan_withheld",
        "A plan tells about rows outside the communes that this token is limited to.",
        "Run the query itself; if it is slow, filter by commune and period.",
    ))
}

fn answer(rows: Rows, limits: Limits) -> SqlAnswer {
    let missing = rows.truncated.map(|why| {
        let limit = match why {
            Truncation::Rows => format!("{} rows", limits.rows),
            Truncation::Bytes => format!("{} bytes", limits.bytes),
        };
        format!(
            "There are more rows: the limit of {limit} was reached. Aggregate or filter; to read on, order by a \
             unique key and ask for the rows after the last one here."
        )
    });
    let cut = (rows.cut_cells > 0).then(|| {
        format!(
            "{} cells were longer than {} characters and are cut: ask for a part of one with substr().",
            rows.cut_cells, rows.cell_chars
        )
    });
    let told: Vec<String> = missing.into_iter().chain(cut).collect();
    SqlAnswer {
        columns: rows
            .columns
            .into_iter()
            .map(|column| SqlColumn { name: column.name, data_type: column.data_type })
            .collect(),
        row_count: rows.rows.len(),
        rows: rows.rows,
        truncated: rows.truncated.is_some(),
        truncation: (!told.is_empty()).then(|| told.join(" ")),
    }
}

/// Answers that may be given again for a while: to the same question, of the same scope, over
/// the same data. Off unless the operator sets how long.
#[derive(Debug, Clone)]
pub struct SqlCache {
    keep_for: Duration,
    answers: Arc<Cache<(String, Scope), Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    answer: Arc<SqlAnswer>,
    moment: Moment,
    until: Instant,
}

impl SqlCache {
    /// Keeps answers for `keep_for`; for no time, keeps none.
    pub fn new(keep_for: Duration) -> Self {
        // In memory an answer is some times its bytes: numbers and nulls have a size of their own.
        Self { keep_for, answers: Arc::new(Cache::new(64)) }
    }

    fn given(&self, ctx: &OpContext, app: &App, sql: &str) -> Option<Arc<SqlAnswer>> {
        if self.keep_for.is_zero() {
            return None;
        }
        let present = app.signals.data()?;
        let kept = self.answers.get(&(sql.to_owned(), ctx.principal.scope.clone()))?;
        (kept.moment == present && Instant::now() < kept.until).then_some(kept.answer)
    }

    /// `moment` was read before the query: had the data changed meanwhile, it would be past.
    fn keep(&self, ctx: &OpContext, sql: &str, moment: Option<Moment>, answer: &Arc<SqlAnswer>) {
        let Some(moment) = moment.filter(|_| !self.keep_for.is_zero()) else { return };
        let until = Instant::now() + self.keep_for;
        let kept = Kept { answer: Arc::clone(answer), moment, until };
        self.answers.insert((sql.to_owned(), ctx.principal.scope.clone()), kept);
    }
}
