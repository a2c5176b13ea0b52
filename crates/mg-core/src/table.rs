//! A declared table and its records: what a spider yields and the store loads.
//!
//! The declaration is the contract between the two. Neither knows the other.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::Identifier;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number, 64 bits.
    Integer,
    /// A real number, double precision.
    Float,
    /// A calendar day.
    Date,
}

/// One column of a declared table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the database.
    pub name: Identifier,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether a record without it is rejected.
    pub required: bool,
    /// Whether it is of the key: what tells one record from another.
    pub key: bool,
}

impl Column {
    /// A column of the key, which every record must fill.
    pub const fn key(name: &'static str, kind: ColumnType) -> Self {
        Self { name: Identifier::fixed(name), kind, required: true, key: true }
    }

    /// A column that every record must fill.
    pub const fn required(name: &'static str, kind: ColumnType) -> Self {
        Self { name: Identifier::fixed(name), kind, required: true, key: false }
    }

    /// A column that may be empty.
    pub const fn optional(name: &'static str, kind: ColumnType) -> Self {
        Self { name: Identifier::fixed(name), kind, required: false, key: false }
    }
}

/// A table that records are loaded into: a constant of a spider in Rust, or read from a file at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name in schema `analytics`.
    pub name: Identifier,
    /// The columns that records fill, in the order of [`Record::values`].
    pub columns: Cow<'static, [Column]>,
}

impl Table {
    /// The columns of its key, in their order; a second record of a key replaces the first.
    pub fn key(&self) -> impl Iterator<Item = &Identifier> {
        self.columns.iter().filter(|column| column.key).map(|column| &column.name)
    }

    /// Where `column` stands in a record.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|candidate| candidate.name == column)
    }
}

/// One cell of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing known.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Float(f64),
    /// A calendar day.
    Date(NaiveDate),
}

impl Value {
    /// The text in it, when it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

impl From<NaiveDate> for Value {
    fn from(day: NaiveDate) -> Self {
        Value::Date(day)
    }
}

/// One record: a value for each column of its table, in the table's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The cells.
    pub values: Vec<Value>,
}
