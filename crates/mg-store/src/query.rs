//! The reader's door: an admitted statement in, rows within limits out.
//!
//! It takes [`Admitted`] and nothing else, so no SQL of an agent gets here unchecked; and it
//! runs as a reader login, read-only, so the database holds even if the gate did not. Rows
//! are streamed and counted as they come: what goes past a limit is cancelled, not kept.
//!
//! A statement that was asked before costs one round trip: its form is known, it is prepared
//! on the connection, and the settings are the connection's own.

mod cell;
mod shape;

use std::time::Duration;

use futures::TryStreamExt;
use mg_core::{Clock, Scope, SystemClock};
use mg_gate::{Admitted, Explained, Kind};
use serde_json::Value;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::reader::{Lease, Readers};
use crate::scope::ScopeKey;
use crate::{Store, StoreError};
use shape::Shape;
pub(crate) use shape::Shapes;

/// How much a query may give and take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most rows returned.
    pub rows: usize,
    /// Most bytes of cells returned.
    pub bytes: usize,
    /// Most characters of one cell; a longer one is cut.
    pub cell_chars: usize,
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
    /// Bytes of the cells.
    pub bytes: usize,
    /// How many cells were cut.
    pub cut_cells: usize,
    /// Characters after which a cell was cut: the limit, or less where a row has many columns.
    pub cell_chars: usize,
    /// Why there are no more rows, when there would be.
    pub truncated: Option<Truncation>,
}

impl Store {
    /// Runs `statement` as the reader: over every row, or over those of the scope. When the
    /// future is dropped, the statement is cancelled in Postgres.
    pub async fn query(
        &self,
        scope: &Scope,
        statement: &Admitted,
        limits: Limits,
    ) -> Result<Rows, StoreError> {
        self.query_from(scope, statement, limits, 0).await
    }

    /// As [`Store::query`], without the first `skip_rows` rows; of a query alone, for a plan and a
    /// setting are given whole.
    pub async fn query_from(
        &self,
        scope: &Scope,
        statement: &Admitted,
        limits: Limits,
        skip_rows: usize,
    ) -> Result<Rows, StoreError> {
        let is_query = statement.kind() == Kind::Query;
        self.run_as_reader(scope, Passed { sql: statement.sql(), is_query, skip_rows }, limits).await
    }

    /// Gives the plan of a query as the reader; what it runs, it runs as [`Store::query`] does.
    pub async fn plan(
        &self,
        scope: &Scope,
        statement: &Explained,
        limits: Limits,
    ) -> Result<Rows, StoreError> {
        let statement = Passed { sql: statement.sql(), is_query: false, skip_rows: 0 };
        self.run_as_reader(scope, statement, limits).await
    }

    async fn run_as_reader(
        &self,
        scope: &Scope,
        statement: Passed<'_>,
        limits: Limits,
    ) -> Result<Rows, StoreError> {
        // Postgres' own timer does not cover a dead network.
        let patience = Duration::from_millis(limits.timeout_ms) + Duration::from_secs(5);
        let door = self.door(scope)?;
        let mut was_overtaken = false;
        loop {
            let mut lease = door.readers.lease().await?;
            let was_used = lease.begin().is_used;
            let asked = self.ask(&mut lease, &door, statement, limits);
            let failure = match tokio::time::timeout(patience, asked).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(failure)) => failure,
                Err(_) => return Err(StoreError::TimedOut { limit_ms: limits.timeout_ms }),
            };
            match failure {
                // Postgres said no and is ready for the next.
                Failure::Refused(error) => {
                    lease.end();
                    return Err(error);
                }
                // The session was gone before it was asked: not the caller's fault.
                Failure::Lost(error) => {
                    lease.discard();
                    if !was_used {
                        return Err(error);
                    }
                }
                // Whether the session is still there depends on where the replay met it.
                Failure::Overtaken => {
                    lease.discard();
                    if was_overtaken {
                        return Err(StoreError::Overtaken);
                    }
                    was_overtaken = true;
                }
                // What the shape says is no longer so: a migration has passed.
                Failure::Outdated(error) => {
                    lease.discard();
                    if !self.shapes.forget(statement, limits) {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn door<'a>(&'a self, scope: &'a Scope) -> Result<Door<'a>, StoreError> {
        match (scope, &self.scoped) {
            (Scope::All, _) => Ok(Door { readers: &self.reader, scope: None }),
            (Scope::Communes(codes), Some((readers, key))) => Ok(Door { readers, scope: Some((key, codes)) }),
            (Scope::Communes(_), None) => Err(StoreError::NoScopes),
        }
    }

    async fn ask(
        &self,
        lease: &mut Lease,
        door: &Door<'_>,
        statement: Passed<'_>,
        limits: Limits,
    ) -> Result<Rows, Failure> {
        let failed = |error| Failure::of(error, limits.timeout_ms);
        let session = lease.begin();
        session.limit(limits.timeout_ms).await.map_err(failed)?;
        if let Some((key, codes)) = door.scope {
            // It outlives the statement by little: a value that leaks is soon worthless. The database
            // compares it with its own clock, so it is the real time and not the caller's.
            let until = SystemClock.now()
                + chrono::TimeDelta::milliseconds(
                    i64::try_from(limits.timeout_ms).unwrap_or(i64::MAX / 2).saturating_add(10_000),
                );
            let signed = key.sign(session.pid, until, codes);
            session.set("mg.row_scope", &signed).await.map_err(failed)?;
        }
        let shape = match self.shapes.known(statement, limits) {
            Some(shape) => shape,
            None => {
                let shape = Shape::of(&mut session.connection, statement, limits).await.map_err(failed)?;
                self.shapes.keep(statement, limits, shape)
            }
        };
        let mut answer = Rows {
            columns: shape.columns.clone(),
            rows: Vec::new(),
            bytes: 0,
            cut_cells: 0,
            cell_chars: shape.cell_chars,
            truncated: None,
        };
        let sql = AssertSqlSafe(std::sync::Arc::clone(&shape.sql)).into_sql_str();
        let mut asked = sqlx::query(sql);
        if statement.is_continued() {
            asked = asked.bind(i64::try_from(statement.skip_rows).unwrap_or(i64::MAX));
        }
        let mut stream = asked.fetch(&mut session.connection);
        while let Some(row) = stream.try_next().await.map_err(failed)? {
            if answer.rows.len() == limits.rows {
                answer.truncated = Some(Truncation::Rows);
                // The last there can be: the statement asks for one row past the limit.
                continue;
            }
            let cells = cell::read_row(&row, &shape.cells, shape.cell_chars).map_err(failed)?;
            answer.bytes += cells.bytes;
            if answer.bytes > limits.bytes {
                answer.bytes -= cells.bytes;
                answer.truncated = Some(Truncation::Bytes);
                // The lease is still under way: what is left of the statement is cancelled.
                return Ok(answer);
            }
            answer.cut_cells += cells.cut;
            answer.rows.push(cells.values);
        }
        drop(stream);
        lease.end();
        Ok(answer)
    }
}

/// A statement that the gate let through.
#[derive(Clone, Copy)]
struct Passed<'a> {
    sql: &'a str,
    /// Whether it can stand in a sub-query; a plan and a setting cannot.
    is_query: bool,
    /// How many of its rows were given before.
    skip_rows: usize,
}

impl Passed<'_> {
    /// Whether it is asked for what comes after rows that were given before.
    fn is_continued(&self) -> bool {
        self.is_query && self.skip_rows > 0
    }
}

/// Which sessions a query runs on, and what it may see there.
struct Door<'a> {
    readers: &'a Readers,
    scope: Option<(&'a ScopeKey, &'a std::collections::BTreeSet<String>)>,
}

/// What a failed query leaves behind.
enum Failure {
    /// A session that is ready.
    Refused(StoreError),
    /// No session.
    Lost(StoreError),
    /// Nothing that is to be relied on: what the standby replays was in the query's way.
    Overtaken,
    /// A shape that is no longer true.
    Outdated(StoreError),
}

impl Failure {
    fn of(error: sqlx::Error, limit_ms: u64) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return Self::Lost(StoreError::from_sqlx("running the query")(error));
        };
        let sqlstate = database.code().unwrap_or_default().into_owned();
        match sqlstate.as_str() {
            // query_canceled: statement_timeout, or someone cancelled it.
            "57014" => return Self::Refused(StoreError::TimedOut { limit_ms }),
            // A conflict with recovery. Nothing else fails so in a single statement that reads.
            "40001" => return Self::Overtaken,
            // The server ends: admin_shutdown, crash_shutdown, cannot_connect_now; the backend was ended.
            "57P01" | "57P02" | "57P03" => {
                return Self::Lost(StoreError::Unreachable(database.message().to_owned()));
            }
            _ => {}
        }
        let hint = database
            .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .and_then(|error| error.hint())
            .map(str::to_owned);
        let message = database.message().to_owned();
        // A prepared statement whose tables have changed since.
        let outdated = sqlstate == "0A000" && message.contains("cached plan");
        let rejected = StoreError::Rejected { message, hint, sqlstate };
        if outdated { Self::Outdated(rejected) } else { Self::Refused(rejected) }
    }
}
