//! Names that may stand in SQL as they are.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// Longer ones Postgres would cut, so that two could become one.
const LENGTH_MAX: usize = 63;

/// The reserved words of PostgreSQL 18 (manual, appendix C): none may name a column without quotes.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// The name of a table or a column: lower-case letters, digits and `_`, not beginning with a digit, at most 63
/// characters, no reserved word. So it needs no quotes, and nothing else can be meant by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(Cow<'static, str>);

/// Why a text is no [`Identifier`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// It has a character that would need quotes, or none at all, or too many.
    #[error("`{0}` is no name for a table or a column: lower-case letters, digits and `_`, at most 63")]
    Form(String),
    /// It means something else in SQL.
    #[error("`{0}` is a reserved word of SQL")]
    Reserved(String),
}

impl Identifier {
    /// A name that stands in the source; the compiler refuses a wrong one in a constant.
    ///
    /// # Panics
    ///
    /// Outside a constant, when it has not the form of one.
    pub const fn fixed(name: &'static str) -> Self {
        assert!(has_form(name.as_bytes()), "a name for SQL: lower-case letters, digits and _, at most 63");
        Self(Cow::Borrowed(name))
    }

    /// `name` as one, if it may be.
    pub fn parse(name: &str) -> Result<Self, IdentifierError> {
        if !has_form(name.as_bytes()) {
            return Err(IdentifierError::Form(name.to_owned()));
        }
        if RESERVED.contains(&name) {
            return Err(IdentifierError::Reserved(name.to_owned()));
        }
        Ok(Self(Cow::Owned(name.to_owned())))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn has_form(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > LENGTH_MAX || name[0].is_ascii_digit() {
        return false;
    }
    let mut place = 0;
    while place < name.len() {
        if !(name[place].is_ascii_lowercase() || name[place].is_ascii_digit() || name[place] == b'_') {
            return false;
        }
        place += 1;
    }
    true
}

impl Deref for Identifier {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq<str> for Identifier {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Identifier {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_needs_no_quotes_is_taken() {
        for name in ["prix_eur", "_a", "t1", &"a".repeat(63)] {
            assert_eq!(Identifier::parse(name).expect("a name"), *name);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "a".repeat(64);
        for name in ["", "1a", "Prix", "prix eur", "a-b", "a\"b", "a;drop table b", "é", "a.b", &long] {
            assert_eq!(Identifier::parse(name), Err(IdentifierError::Form(name.to_owned())));
        }
        assert_eq!(Identifier::parse("order"), Err(IdentifierError::Reserved("order".to_owned())));
    }
}
