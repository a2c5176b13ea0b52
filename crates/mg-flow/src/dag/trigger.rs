//! Tables whose change starts a DAG.

use serde::{Deserialize, Serialize};

/// Which changes start a run, since the run before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataTrigger {
    /// One of these tables, `schema.table`, was written.
    Any(Vec<String>),
    /// Each of them was.
    All(Vec<String>),
}

impl DataTrigger {
    /// The tables that are looked at.
    pub fn tables(&self) -> &[String] {
        match self {
            DataTrigger::Any(tables) | DataTrigger::All(tables) => tables,
        }
    }
}

/// Starts a DAG when one of `tables`, `schema.table`, was written.
pub fn any<const N: usize>(tables: [&str; N]) -> DataTrigger {
    DataTrigger::Any(tables.map(str::to_owned).into())
}

/// Starts a DAG when each of `tables`, `schema.table`, was written.
pub fn all<const N: usize>(tables: [&str; N]) -> DataTrigger {
    DataTrigger::All(tables.map(str::to_owned).into())
}
