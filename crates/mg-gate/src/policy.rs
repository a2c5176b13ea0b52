//! What the statements of one gate may do, as an operator configures it.

mod table;

use std::str::FromStr;

pub(crate) use table::Closed;
pub use table::{Block, BlockedTable, TablePattern};

use crate::Relation;

/// What the statements of one gate may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The schemas whose relations may be read, in the order of the reader's search path.
    pub schemas: Vec<String>,
    /// The only tables that may be read; without a list, all tables of `schemas`.
    pub allowed_tables: Option<Vec<TablePattern>>,
    /// Tables that may not be read, even if they are allowed. The first that matches gives the
    /// refusal its reason.
    pub blocked_tables: Vec<BlockedTable>,
    /// Functions that may be called beside those of [`functions`](crate::functions): functions
    /// of extensions that only compute. The gate takes the operator's word for that.
    pub functions: Vec<FunctionName>,
}

impl Policy {
    /// All tables of `schemas`, which stand in the order of the search path, and no functions
    /// but Postgres' own.
    pub fn reading<S: Into<String>>(schemas: impl IntoIterator<Item = S>) -> Self {
        Self { schemas: schemas.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Why a table named `schema.name`, or only `name`, may not be read, if so.
    ///
    /// A bare name is looked for along the search path. The gate does not know which tables
    /// there are: the name is closed when any table that it might mean is.
    pub(crate) fn closed(&self, schema: Option<&str>, name: &str) -> Option<Closed<'_>> {
        if let Some(schema) = schema {
            return self.closed_table(schema, name);
        }
        for schema in &self.schemas {
            let closed = self.closed_table(schema, name);
            if closed.is_some() || self.blocked_tables.iter().any(|blocked| blocked.leads_to(schema, name)) {
                return closed;
            }
        }
        None
    }

    fn closed_table(&self, schema: &str, name: &str) -> Option<Closed<'_>> {
        let blocked = self.blocked_tables.iter().find(|blocked| blocked.closes(schema, name));
        let is_allowed = |tables: &Vec<TablePattern>| tables.iter().any(|table| table.matches(schema, name));
        match (blocked, &self.allowed_tables) {
            (Some(blocked), _) => Some(Closed::Blocked(&blocked.block)),
            (None, Some(tables)) if !is_allowed(tables) => Some(Closed::NotAllowed),
            (None, _) => None,
        }
    }

    /// Whether a function was added under just this name.
    pub(crate) fn adds_function(&self, parts: &[&str]) -> bool {
        self.functions.iter().any(|function| match (&function.schema, parts) {
            (None, [name]) => function.name == *name,
            (Some(schema), [in_schema, name]) => schema == in_schema && function.name == *name,
            _ => false,
        })
    }
}

/// A function, as a statement must name it to call it. Read from `name` or `schema.name`,
/// spelled as Postgres keeps them: in lower case unless they were made in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    schema: Option<String>,
    name: String,
}

impl FromStr for FunctionName {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        let is_whole = |part: &str| !part.is_empty() && !part.contains(['.', '*', '(']);
        if !is_whole(name) || !schema.is_none_or(is_whole) {
            return Err(PolicyError::Function(text.to_owned()));
        }
        Ok(Self { schema: schema.map(str::to_owned), name: name.to_owned() })
    }
}

impl FromStr for Relation {
    type Err = PolicyError;

    /// Reads `schema.table`.
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text.split_once('.') {
            Some((schema, name)) if !schema.is_empty() && !name.is_empty() && !name.contains('.') => {
                Ok(Self { schema: Some(schema.to_owned()), name: name.to_owned() })
            }
            _ => Err(PolicyError::Table(text.to_owned())),
        }
    }
}

/// A part of a policy that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No `schema.table`.
    #[error("`{0}` names no table: write schema.table, where * stands for any run of characters")]
    Table(String),
    /// Neither `name` nor `schema.name`.
    #[error("`{0}` names no function: write name or schema.name, without parentheses")]
    Function(String),
}
