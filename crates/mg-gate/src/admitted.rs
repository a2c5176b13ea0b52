//! The proof that a statement went through the gate.

use std::fmt;
use std::mem::size_of;
use std::sync::Arc;

use crate::explained::{Explained, Plan};
use crate::walk::Findings;

/// A statement that only reads what it may. Only [`Gate::admit`](crate::Gate::admit) makes
/// one, so that whoever takes an `Admitted` need not check again. A clone shares the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted(Arc<Parts>);

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    sql: String,
    findings: Findings,
}

/// What an admitted statement is, and so where its text may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SELECT`, `VALUES`, `TABLE` or `WITH … SELECT`: may stand after `declare c no scroll
    /// cursor for` or between `select * from (` and `) q`.
    Query,
    /// `EXPLAIN` of a query, which does not run it. Stands alone.
    Explain,
    /// `SHOW` of a harmless setting. Stands alone.
    Show,
}

impl Admitted {
    pub(crate) fn new(sql: String, findings: Findings) -> Self {
        Self(Arc::new(Parts { sql, findings }))
    }

    /// The statement, as it was written, without semicolon and without comments around it.
    pub fn sql(&self) -> &str {
        &self.0.sql
    }

    /// Where [`sql`](Self::sql) may stand.
    pub fn kind(&self) -> Kind {
        self.0.findings.kind
    }

    /// The tables and views that the statement names, each once, in order of appearance. Names
    /// of common table expressions are not among them.
    pub fn relations(&self) -> &[Relation] {
        &self.0.findings.relations
    }

    /// Whether it is a query with an `ORDER BY` of its own, not only one inside. Rows that its
    /// keys do not tell apart may still come in any order.
    pub fn is_ordered(&self) -> bool {
        self.0.findings.is_ordered
    }

    /// Whether it gives the same rows again while the data are the same: nowhere in it is the
    /// clock read or a number drawn. `now()` counts as reading the clock, though it stands still
    /// within one statement, and so do literals that may mean an hour, as `'today'`. Functions
    /// that the policy adds are taken to do neither.
    pub fn is_repeatable(&self) -> bool {
        self.0.findings.is_repeatable
    }

    /// The statement that gives the plan of this one; nothing when this is no query, for
    /// `EXPLAIN` does not nest.
    pub fn explain(&self, plan: Plan) -> Option<Explained> {
        match self.0.findings.kind {
            Kind::Query => Some(Explained::new(self, plan)),
            Kind::Explain | Kind::Show => None,
        }
    }

    /// What it holds in memory, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        let size = |relation: &Relation| {
            size_of::<Relation>() + relation.name.len() + relation.schema.as_ref().map_or(0, String::len)
        };
        size_of::<Parts>() + self.0.sql.len() + self.0.findings.relations.iter().map(size).sum::<usize>()
    }

    /// Whether both are clones of one.
    #[cfg(test)]
    pub(crate) fn shares_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
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
