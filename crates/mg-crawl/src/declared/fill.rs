//! How often each field was filled: a site that changes shows here before it shows in a figure.

use mg_core::{Record, Table, Value};
use serde::{Deserialize, Serialize};

/// How often a field was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The field.
    pub field: String,
    /// Records that have a value of it, one by default included.
    pub filled: u64,
    /// All records.
    pub total: u64,
}

/// The count of a crawl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fills {
    fills: Vec<Fill>,
}

impl Fills {
    /// Nothing counted yet of a table's records.
    pub fn of(table: &Table) -> Self {
        let fill = |name: &str| Fill { field: name.to_owned(), filled: 0, total: 0 };
        Self { fills: table.columns.iter().map(|column| fill(&column.name)).collect() }
    }

    /// Counts a record.
    pub fn count(&mut self, record: &Record) {
        for (fill, value) in self.fills.iter_mut().zip(&record.values) {
            fill.total += 1;
            fill.filled += u64::from(*value != Value::Null);
        }
    }

    /// The fields in the table's order.
    pub fn fills(&self) -> &[Fill] {
        &self.fills
    }
}
