//! The statement that gives the plan of an admitted query.

use crate::Admitted;

/// What to tell about a query's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plan {
    /// Whether to run the query and measure it. It then takes what the query takes: run it
    /// read-only and within the query's limits. It counts the rows that a filter removed, those
    /// of row security among them: not for a caller who may see only some rows.
    pub analyze: bool,
    /// How the plan is written.
    pub format: PlanFormat,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanFormat {
    /// One row with one JSON value.
    #[default]
    Json,
    /// One row of text a line.
    Text,
}

/// `EXPLAIN` of an admitted query. Only [`Admitted::explain`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    sql: String,
}

impl Explained {
    /// `query` must be of kind `Query`, so that what follows the options is one query.
    pub(crate) fn new(query: &Admitted, plan: Plan) -> Self {
        let options = match (plan.analyze, plan.format) {
            (false, PlanFormat::Json) => "format json",
            (false, PlanFormat::Text) => "format text",
            (true, PlanFormat::Json) => "analyze, buffers, format json",
            (true, PlanFormat::Text) => "analyze, buffers, format text",
        };
        Self { sql: format!("explain ({options}) {}", query.sql()) }
    }

    /// The whole statement: options, then the query byte for byte as it was admitted. Stands alone.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}
