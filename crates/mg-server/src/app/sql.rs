//! `run_sql`: one read-only query, within limits, and page by page where its rows have an order.
//!
//! A page is the query itself, run anew without the rows that were given before. So it costs what
//! the query costs, nothing is held for whoever does not come back, and the pages fit together as
//! long as the data are the same, which a cursor's state vouches for.

mod answers;
mod pages;

use std::sync::Arc;

use mg_core::{OpContext, Scope};
use mg_gate::{Admitted, Kind};
use mg_store::query::{Limits, Rows, Truncation};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::Problem;
pub use answers::SqlCache;
use pages::Place;
pub use pages::SqlPages;

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
    /// Gives the rows after these when it is sent as `cursor` to run_sql, with the same sql and token; left out
    /// when there are none, or the query cannot be continued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
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

/// Runs `sql` as the reader, within the principal's scope. With a `cursor`, that of an answer to the
/// same query, it gives the rows after that answer's.
///
/// # Errors
///
/// `bad_cursor` when the cursor was given to another principal or scope or for another query, is
/// forged, or the data have changed since; the gate's codes, and those of the database.
pub async fn run_sql(
    ctx: &OpContext,
    app: &App,
    sql: &str,
    cursor: Option<&str>,
) -> Result<Arc<SqlAnswer>, Problem> {
    let from = match cursor {
        Some(cursor) => Some(app.pages.open(ctx, sql, cursor).await?),
        None => None,
    };
    if let Some((answer, next)) = app.answers.given(ctx, app, sql, from) {
        return with_cursor(ctx, app, sql, answer, next).await;
    }
    let moment = app.signals.data();
    let admitted = app.admit(sql).await?;
    if admitted.kind() == Kind::Explain {
        withhold_plan(ctx)?;
    }
    // Read before the rows: had the data changed in between, the cursor would be past.
    let state = match from {
        Some(place) => Some(place.state),
        None if can_be_continued(&admitted) => Some(app.pages.state(moment).await?),
        None => None,
    };
    let skip_rows = from.map_or(0, |place| place.skip_rows);
    let rows = app.store.query_from(&ctx.principal.scope, &admitted, app.limits, skip_rows).await?;
    if let Some(place) = from {
        app.pages.check_unchanged(place).await?;
    }
    let next = state
        .filter(|_| rows.truncated.is_some() && !rows.rows.is_empty())
        .map(|state| Place { skip_rows: skip_rows + rows.rows.len(), state });
    let answer = Arc::new(answer(rows, app.limits, &admitted));
    if admitted.is_repeatable() {
        app.answers.keep(ctx, sql, from, moment, (&answer, next));
    }
    with_cursor(ctx, app, sql, answer, next).await
}

/// Whether rows that come after given ones are the same ones each time.
fn can_be_continued(admitted: &Admitted) -> bool {
    admitted.is_ordered() && admitted.is_repeatable()
}

/// The answer with the principal's own cursor to what is next.
async fn with_cursor(
    ctx: &OpContext,
    app: &App,
    sql: &str,
    answer: Arc<SqlAnswer>,
    next: Option<Place>,
) -> Result<Arc<SqlAnswer>, Problem> {
    let Some(next) = next else { return Ok(answer) };
    let next_cursor = Some(app.pages.cursor(ctx, sql, next).await?);
    Ok(Arc::new(SqlAnswer { next_cursor, ..Arc::unwrap_or_clone(answer) }))
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

fn answer(rows: Rows, limits: Limits, admitted: &Admitted) -> SqlAnswer {
    let missing = rows.truncated.map(|why| {
        let limit = match why {
            Truncation::Rows => format!("{} rows", limits.rows),
            Truncation::Bytes => format!("{} bytes", limits.bytes),
        };
        let advice = onward(admitted, rows.rows.is_empty());
        format!("There are more rows: the limit of {limit} was reached. {advice}")
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
        next_cursor: None,
    }
}

/// How to see the rows that are missing.
fn onward(admitted: &Admitted, none_fits: bool) -> &'static str {
    if none_fits {
        "The next row alone is too much: select fewer columns, or a part of the long ones with substr()."
    } else if can_be_continued(admitted) {
        "Aggregate or filter, or read on: send the same sql again with next_cursor as cursor."
    } else if admitted.is_ordered() {
        "Aggregate or filter. To read on page by page, leave out what differs from run to run, such as now() and \
         random(): write the date itself."
    } else {
        "Aggregate or filter. To read on page by page, add ORDER BY with a unique last key."
    }
}
