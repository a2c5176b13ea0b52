//! What a statement gives, and how it is asked so that every cell can be read and bounded.
//!
//! An admitted query is put, as it stands, into `select … from (` … `) limit n`: numbers, days and
//! truth values come in binary, everything else as the text that Postgres itself makes of it,
//! cut on the server where it may be long. So no value is larger than its limit when it gets
//! here, and none is converted by code of ours.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use sqlx::{AssertSqlSafe, Column, Executor, PgConnection, SqlSafeStr, Statement, TypeInfo};

use super::{Limits, Passed, ResultColumn};

/// Shapes that are kept: of as many statements as a busy day asks again.
const KEPT: usize = 1_024;
/// How long a shape is trusted. A column that a migration adds to `select *` meanwhile is seen
/// after that; a changed type is noticed by Postgres at once.
const TRUSTED_FOR: Duration = Duration::from_secs(60);
/// A cell is never cut to fewer characters, however many columns there are.
const FEWEST_CHARS: usize = 100;
/// Longer statements are not kept: few are asked twice.
const LONGEST_KEPT: usize = 16 << 10;

/// How the text of a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    /// `bool`, binary.
    Bool,
    /// `int2`, binary.
    Int2,
    /// `int4`, binary.
    Int4,
    /// `int8`, binary.
    Int8,
    /// `float4`, binary.
    Float4,
    /// `float8`, binary.
    Float8,
    /// `date`, binary.
    Date,
    /// `numeric`, as text.
    Numeric,
    /// `json`, `jsonb` and arrays, as JSON text.
    Json,
    /// Any other type, as text.
    Text,
}

/// A statement as it is asked, and what comes back.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) sql: Arc<str>,
    pub(super) columns: Vec<ResultColumn>,
    pub(super) cells: Vec<CellKind>,
    /// Characters after which a cell is cut.
    pub(super) cell_chars: usize,
}

impl Shape {
    /// Asks Postgres what `statement` gives; nothing is run.
    pub(super) async fn of(
        connection: &mut PgConnection,
        statement: Passed<'_>,
        limits: Limits,
    ) -> Result<Self, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql.to_owned()).into_sql_str();
        let prepared = connection.prepare(sql).await?;
        let types = prepared.columns().iter().map(|column| column.type_info().name().to_owned());
        let types: Vec<String> = types.collect();
        let columns: Vec<ResultColumn> = prepared
            .columns()
            .iter()
            .map(|column| ResultColumn {
                name: column.name().to_owned(),
                data_type: column.type_info().name().to_lowercase(),
            })
            .collect();
        let cells = types.iter().map(|name| kind(name)).collect();
        // No row is larger than the answer may be: of many columns, each is the shorter.
        let cell_chars = limits.cell_chars.min((limits.bytes / types.len().max(1)).max(FEWEST_CHARS));
        let sql = if statement.is_query {
            asked(statement, &types, limits.rows, cell_chars)
        } else {
            statement.sql.into()
        };
        Ok(Self { sql, columns, cells, cell_chars })
    }
}

fn kind(data_type: &str) -> CellKind {
    match data_type {
        "BOOL" => CellKind::Bool,
        "INT2" => CellKind::Int2,
        "INT4" => CellKind::Int4,
        "INT8" => CellKind::Int8,
        "FLOAT4" => CellKind::Float4,
        "FLOAT8" => CellKind::Float8,
        "DATE" => CellKind::Date,
        "NUMERIC" => CellKind::Numeric,
        "JSON" | "JSONB" => CellKind::Json,
        array if array.ends_with("[]") => CellKind::Json,
        _ => CellKind::Text,
    }
}

/// The statement that is sent. The line break ends a comment at the end of the query.
fn asked(statement: Passed<'_>, types: &[String], rows: usize, cell_chars: usize) -> Arc<str> {
    let sql = statement.sql;
    // One row past the limit tells whether there are more.
    let rows = rows.saturating_add(1);
    // A parameter, so that all pages of a query are one prepared statement.
    let rows = if statement.is_continued() { format!("{rows} offset $1") } else { rows.to_string() };
    if types.is_empty() {
        return format!("select from ({sql}\n) q limit {rows}").into();
    }
    // One character past the limit tells whether there are more.
    let chars = cell_chars.saturating_add(1);
    let names: Vec<String> = (1..=types.len()).map(|place| format!("c{place}")).collect();
    let cells: Vec<String> = types
        .iter()
        .zip(&names)
        .map(|(data_type, name)| match data_type.as_str() {
            "BOOL" | "INT2" | "INT4" | "INT8" | "FLOAT4" | "FLOAT8" | "DATE" => format!("q.{name}"),
            // A cut copies the text: most are seen to be short without it.
            "TEXT" | "VARCHAR" => {
                format!("case when octet_length(q.{name}) < {chars} then q.{name} else substr(q.{name}, 1, {chars}) end")
            }
            // None is long.
            "TIMESTAMP" | "TIMESTAMPTZ" | "TIME" | "TIMETZ" | "INTERVAL" | "UUID" => format!("q.{name}::text"),
            // Without it a value would lose the blanks that it is padded with.
            "CHAR" => {
                format!("case when q.{name} is not null then substr(concat(q.{name}), 1, {chars}) end")
            }
            "BYTEA" => format!("substr(substr(q.{name}, 1, {chars})::text, 1, {chars})"),
            array if array.ends_with("[]") => format!("substr(to_json(q.{name})::text, 1, {chars})"),
            _ => format!("substr(q.{name}::text, 1, {chars})"),
        })
        .collect();
    format!("select {} from ({sql}\n) q ({}) limit {rows}", cells.join(", "), names.join(", ")).into()
}

/// The shapes of statements that were asked before.
#[derive(Debug)]
pub(crate) struct Shapes(Cache<Key, (Arc<Shape>, Instant)>);

/// The statement, and what its form depends on: the limits of rows, bytes and characters of a cell,
/// and whether it skips rows.
type Key = (Arc<str>, usize, usize, usize, bool);

/// A key that is only looked up with.
#[derive(Hash)]
struct Asked<'a>(&'a str, usize, usize, usize, bool);

impl<'a> Asked<'a> {
    fn of(statement: Passed<'a>, limits: Limits) -> Self {
        let Limits { rows, bytes, cell_chars, .. } = limits;
        Self(statement.sql, rows, bytes, cell_chars, statement.is_continued())
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        (self.0, self.1, self.2, self.3, self.4) == (&*key.0, key.1, key.2, key.3, key.4)
    }
}

impl Default for Shapes {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Shapes {
    pub(super) fn known(&self, statement: Passed<'_>, limits: Limits) -> Option<Arc<Shape>> {
        let (shape, learnt) = self.0.get(&Asked::of(statement, limits))?;
        (learnt.elapsed() < TRUSTED_FOR).then_some(shape)
    }

    pub(super) fn keep(&self, statement: Passed<'_>, limits: Limits, shape: Shape) -> Arc<Shape> {
        let shape = Arc::new(shape);
        if statement.sql.len() <= LONGEST_KEPT {
            let Asked(sql, rows, bytes, cell_chars, is_continued) = Asked::of(statement, limits);
            let key = (sql.into(), rows, bytes, cell_chars, is_continued);
            self.0.insert(key, (Arc::clone(&shape), Instant::now()));
        }
        shape
    }

    /// `false` when it was not known.
    pub(super) fn forget(&self, statement: Passed<'_>, limits: Limits) -> bool {
        self.0.remove(&Asked::of(statement, limits)).is_some()
    }
}
