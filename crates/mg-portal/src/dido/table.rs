//! A table with named columns, whatever its rows are made of.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;
use mg_core::Period;

/// How a column is read from a row; with that, what type it has.
pub(super) enum Read<R> {
    /// Text; the empty one is an empty cell.
    Text(fn(&R) -> &str),
    /// Text that is put together; the empty one is an empty cell.
    Built(fn(&R) -> String),
    Number(fn(&R) -> i64),
    NumberOrNone(fn(&R) -> Option<i64>),
    Date(fn(&R) -> Option<NaiveDate>),
    Month(fn(&R) -> Option<Period>),
    Flag(fn(&R) -> bool),
}

/// Which editions of a datafile have a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    Always,
    /// Only those before the schema changed.
    Before,
    /// Only those after.
    After,
}

/// A column: its code, its long label, how it is read.
pub(super) struct Column<R> {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    pub(super) era: Era,
    pub(super) read: Read<R>,
}

impl<R> Column<R> {
    /// A column that every edition has.
    pub(super) const fn new(code: &'static str, label: &'static str, read: Read<R>) -> Self {
        Self { code, label, era: Era::Always, read }
    }

    /// A column that went when the schema changed.
    pub(super) const fn gone(code: &'static str, label: &'static str, read: Read<R>) -> Self {
        Self { code, label, era: Era::Before, read }
    }

    /// A column that came when the schema changed.
    pub(super) const fn added(code: &'static str, label: &'static str, read: Read<R>) -> Self {
        Self { code, label, era: Era::After, read }
    }
}

/// The type of a column, as far as a filter minds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    Flag,
}

/// What a request sees of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
}

/// The value of one row in one column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(i64),
    Flag(bool),
}

/// One edition of a datafile, as a request reads it.
pub(super) trait Table: Send + Sync {
    /// Its columns, in the published order.
    fn heads(&self) -> &[Head];
    /// How many rows it has.
    fn rows(&self) -> usize;
    /// The value at `row` and `column`, both counted from zero and existing.
    fn cell(&self, row: usize, column: usize) -> Cell<'_>;
}

/// A table whose rows are values of one type.
pub(super) struct Sheet<R: 'static> {
    columns: Vec<&'static Column<R>>,
    heads: Vec<Head>,
    rows: Arc<[R]>,
}

impl<R> Sheet<R> {
    /// The table of `rows` under `columns`.
    pub(super) fn new(columns: Vec<&'static Column<R>>, rows: Arc<[R]>) -> Self {
        let heads = columns
            .iter()
            .map(|column| Head { code: column.code, label: column.label, kind: kind(&column.read) })
            .collect();
        Self { columns, heads, rows }
    }
}

impl<R: Send + Sync> Table for Sheet<R> {
    fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let row = &self.rows[row];
        match self.columns[column].read {
            Read::Text(read) => text(read(row).into()),
            Read::Built(read) => text(read(row).into()),
            Read::Number(read) => Cell::Number(read(row)),
            Read::NumberOrNone(read) => read(row).map_or(Cell::Empty, Cell::Number),
            Read::Date(read) => read(row).map_or(Cell::Empty, |date| text(date.to_string().into())),
            Read::Month(read) => read(row).map_or(Cell::Empty, |month| text(month.to_string().into())),
            Read::Flag(read) => Cell::Flag(read(row)),
        }
    }
}

fn text(text: Cow<'_, str>) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

fn kind<R>(read: &Read<R>) -> Kind {
    match read {
        Read::Text(_) | Read::Built(_) | Read::Month(_) => Kind::Text,
        Read::Number(_) | Read::NumberOrNone(_) => Kind::Number,
        Read::Date(_) => Kind::Date,
        Read::Flag(_) => Kind::Flag,
    }
}
