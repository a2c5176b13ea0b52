//! The reader's door: an admitted statement in, rows within limits out.
//!
//! It takes [`Admitted`] and nothing else, so no SQL of an agent gets here unchecked; and it
//! runs as `mg_reader` in a read-only transaction, so the database holds even if the gate
//! did not. Rows come through a cursor: what is not asked for is not computed into memory.

mod cell;

use std::time::Duration;

use futures::TryStreamExt;
use mg_gate::{Admitted, Kind};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column, Executor, PgConnection, Row, Statement, TypeInfo};

use crate::{Store, StoreError};

/// Rows asked for from the cursor at a time.
const FETCH_ROWS: usize = 200;

/// How much a query may give and take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most rows returned.
    pub rows: usize,
    /// Most bytes of cell text returned.
    pub bytes: usize,
    /// Longest run, milliseconds.
    pub timeout_ms: u64,
}

/// Why rows are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// There are more rows than the row limit.
    Rows,
    /// The next row would have gone past the byte limit.
    Bytes,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name; several columns may share one.
    pub name: String,
    /// Its Postgres type.
    pub data_type: String,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The columns, there even when no row is.
    pub columns: Vec<ResultColumn>,
    /// The rows, a value a column.
    pub rows: Vec<Vec<Value>>,
    /// Why there are no more rows, when there would be.
    pub truncated: Option<Truncation>,
}

impl Store {
    /// Runs `statement` as the reader.
    pub async fn query(&self, statement: &Admitted, limits: Limits) -> Result<Rows, StoreError> {
        // Postgres' own timer does not cover waiting for a connection or a dead network.
        let patience = Duration::from_millis(limits.timeout_ms) + Duration::from_secs(5);
        tokio::time::timeout(patience, self.query_within(statement, limits))
            .await
            .unwrap_or(Err(StoreError::TimedOut { limit_ms: limits.timeout_ms }))
    }

    async fn query_within(&self, statement: &Admitted, limits: Limits) -> Result<Rows, StoreError> {
        let refused = |error| refusal(error, limits.timeout_ms);
        let mut transaction = self.reader.begin_with("begin read only").await.map_err(refused)?;
        let settings = format!("set local statement_timeout = {}", limits.timeout_ms);
        sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut *transaction).await.map_err(refused)?;
        let columns = prepare(&mut transaction, statement.sql()).await.map_err(refused)?;
        let (rows, truncated) = match statement.kind() {
            Kind::Query => {
                declare(&mut transaction, statement.sql()).await.map_err(refused)?;
                fetch(&mut transaction, limits).await
            }
            Kind::Explain | Kind::Show => tell(&mut transaction, statement.sql(), limits).await,
        }
        .map_err(refused)?;
        transaction.rollback().await.map_err(refused)?;
        Ok(Rows { columns, rows, truncated })
    }
}

async fn prepare(connection: &mut PgConnection, sql: &str) -> Result<Vec<ResultColumn>, sqlx::Error> {
    let sql = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql.to_owned()));
    let prepared = connection.prepare(sql).await?;
    let columns = prepared.columns().iter();
    Ok(columns
        .map(|column| ResultColumn {
            name: column.name().to_owned(),
            data_type: column.type_info().name().to_lowercase(),
        })
        .collect())
}

/// Opens the cursor `answer` over `query`. The extended protocol takes one statement and no
/// more, whatever the text holds.
async fn declare(connection: &mut PgConnection, query: &str) -> Result<(), sqlx::Error> {
    let declare = format!("declare answer no scroll cursor for {query}");
    sqlx::query(AssertSqlSafe(declare)).persistent(false).execute(connection).await.map(drop)
}

/// The rows that came so far.
struct Answer {
    limits: Limits,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Answer {
    /// Takes `row`, or tells which limit leaves no room for it.
    fn take(&mut self, row: &PgRow) -> Result<Option<Truncation>, sqlx::Error> {
        if self.rows.len() == self.limits.rows {
            return Ok(Some(Truncation::Rows));
        }
        let (cells, size) = cell::read_row(row)?;
        self.bytes += size;
        if self.bytes > self.limits.bytes {
            return Ok(Some(Truncation::Bytes));
        }
        self.rows.push(cells);
        Ok(None)
    }

    /// How many rows to ask the cursor for. One row past the limit tells whether there are
    /// more. The first row is asked for alone: by what it weighs, the next are as many as may fit.
    fn wanted(&self) -> usize {
        let left = self.limits.bytes.saturating_sub(self.bytes);
        let may_fit = (left * self.rows.len()).checked_div(self.bytes).unwrap_or(0) + 1;
        FETCH_ROWS.min(may_fit).min(self.limits.rows + 1 - self.rows.len())
    }
}

/// The rows of the cursor.
async fn fetch(
    connection: &mut PgConnection,
    limits: Limits,
) -> Result<(Vec<Vec<Value>>, Option<Truncation>), sqlx::Error> {
    let mut answer = Answer { limits, rows: Vec::new(), bytes: 0 };
    loop {
        let wanted = answer.wanted();
        // The simple protocol gives every type as text, as psql shows it.
        let fetch = format!("fetch forward {wanted} from answer");
        let mut batch = sqlx::raw_sql(AssertSqlSafe(fetch)).fetch(&mut *connection);
        let mut came = 0;
        while let Some(row) = batch.try_next().await? {
            came += 1;
            if let Some(truncation) = answer.take(&row)? {
                return Ok((answer.rows, Some(truncation)));
            }
        }
        drop(batch);
        if came < wanted {
            return Ok((answer.rows, None));
        }
    }
}

/// The rows of a statement that no cursor reads: `EXPLAIN` and `SHOW`. They are text or JSON,
/// whose binary form is their text.
async fn tell(
    connection: &mut PgConnection,
    sql: &str,
    limits: Limits,
) -> Result<(Vec<Vec<Value>>, Option<Truncation>), sqlx::Error> {
    let mut answer = Answer { limits, rows: Vec::new(), bytes: 0 };
    let mut told = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false).fetch(connection);
    while let Some(row) = told.try_next().await? {
        if let Some(truncation) = answer.take(&row)? {
            return Ok((answer.rows, Some(truncation)));
        }
    }
    Ok((answer.rows, None))
}

fn refusal(error: sqlx::Error, limit_ms: u64) -> StoreError {
    let sqlx::Error::Database(database) = &error else {
        return StoreError::from_sqlx("running the query")(error);
    };
    let sqlstate = database.code().unwrap_or_default().into_owned();
    // query_canceled: statement_timeout, or someone cancelled it.
    if sqlstate == "57014" {
        return StoreError::TimedOut { limit_ms };
    }
    let hint = database
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(|error| error.hint())
        .map(str::to_owned);
    StoreError::Rejected { message: database.message().to_owned(), hint, sqlstate }
}

/// Whether a row has a value at `index`; used by [`cell`].
fn text_at(row: &PgRow, index: usize) -> Result<Option<&str>, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if sqlx::ValueRef::is_null(&raw) {
        return Ok(None);
    }
    raw.as_str().map(Some).map_err(sqlx::Error::Decode)
}
