//! The proof that a statement went through the gate.

use std::fmt;

/// A statement that only reads what it may. Only [`Gate::admit`](crate::Gate::admit) makes
/// one, so that whoever takes an `Admitted` need not check again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    sql: String,
    relations: Vec<Relation>,
    wants_plan: bool,
}

impl Admitted {
    pub(crate) fn new(sql: String, relations: Vec<Relation>, wants_plan: bool) -> Self {
        Self { sql, relations, wants_plan }
    }

    /// The query, as it was written, without semicolon and without comments around it: fit to
    /// stand after `declare c no scroll cursor for` or between `select * from (` and `) q`.
    /// Of an admitted `EXPLAIN` it is the query to be explained.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The tables and views that the query names, each once, in order of appearance. Names of
    /// common table expressions are not among them.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// Whether the caller asked for the plan of [`sql`](Self::sql), not for its rows. Never
    /// true unless [`Policy::plans`](crate::Policy::plans) is.
    pub fn wants_plan(&self) -> bool {
        self.wants_plan
    }
}

/// A table or view that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its schema, when one was written; else the search path decides.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
