//! Which tables of the open schemas are closed, and what a refusal says about them.

use std::fmt;
use std::str::FromStr;

use super::PolicyError;
use crate::Relation;

/// Tables by name. Read from `schema.table`, spelled as Postgres keeps them, in which `*`
/// stands for any run of characters of either part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePattern {
    schema: String,
    name: String,
}

impl TablePattern {
    /// Whether the table `schema.name` is one of them.
    pub fn matches(&self, schema: &str, name: &str) -> bool {
        is_like(&self.schema, schema) && is_like(&self.name, name)
    }
}

impl FromStr for TablePattern {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let Relation { schema, name } = text.parse()?;
        Ok(Self { schema: schema.unwrap_or_default(), name })
    }
}

impl fmt::Display for TablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// Tables that may not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedTable {
    /// Which.
    pub tables: TablePattern,
    /// What a refusal says about them.
    pub block: Block,
}

/// What a refusal says about a blocked table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A sentence for whoever asked: why the table is closed, or what to do instead.
    Closed(String),
    /// The relation to read instead. It must be there: a bare name that finds it first on the
    /// search path is admitted. The block does not hold for it.
    ReplacedBy(Relation),
}

impl BlockedTable {
    pub(super) fn closes(&self, schema: &str, name: &str) -> bool {
        self.tables.matches(schema, name) && !self.leads_to(schema, name)
    }

    /// Whether `schema.name` is to be read instead.
    pub(super) fn leads_to(&self, schema: &str, name: &str) -> bool {
        match &self.block {
            Block::Closed(_) => false,
            Block::ReplacedBy(by) => by.schema.as_deref() == Some(schema) && by.name == name,
        }
    }
}

/// Why a table may not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed<'p> {
    /// It is not on the list of the allowed ones.
    NotAllowed,
    /// It is blocked.
    Blocked(&'p Block),
}

/// Whether `name` is spelled like `pattern`. Names have at most 63 bytes.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| is_like(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters_of_its_part() {
        for (pattern, table, matches) in [
            ("a.b", ("a", "b"), true),
            ("a.b", ("a", "bb"), false),
            ("a.*", ("a", ""), true),
            ("a.*", ("a", "é"), true),
            ("*.b", ("a", "b"), true),
            ("*.*_brut", ("a", "permis_brut"), true),
            ("a.x*y*z", ("a", "x-y-y-z"), true),
            ("a.x*y*z", ("a", "x-y-y"), false),
            ("a.é*", ("a", "été"), true),
            ("a.B", ("a", "b"), false),
        ] {
            let tables: TablePattern = pattern.parse().expect(pattern);
            assert_eq!(tables.matches(table.0, table.1), matches, "{pattern} of {table:?}");
            assert_eq!(tables.to_string(), pattern);
        }
    }

    #[test]
    fn what_names_no_table_is_told() {
        for text in ["", "a", ".b", "a.", "a.b.c"] {
            assert_eq!(text.parse::<TablePattern>(), Err(PolicyError::Table(text.to_owned())));
        }
    }
}
