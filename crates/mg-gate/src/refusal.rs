//! Why a statement was not admitted, in words that help to write a better one.

/// A statement that was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The kind of reason, stable across versions.
    pub code: RefusalCode,
    /// One sentence: which part of the statement, and what is wrong with it.
    pub message: String,
    /// What to do instead.
    pub hint: String,
    /// Where that part begins, in bytes from the start of the text, when known.
    pub position: Option<usize>,
    /// The text from there on: its first line, and of that at most 60 characters.
    pub part: Option<String>,
}

/// How much of the text a refusal quotes, in characters.
const MAX_PART_CHARACTERS: usize = 60;

impl Refusal {
    pub(crate) fn new(code: RefusalCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), position: None, part: None }
    }

    /// The same refusal of the part at `location`, as the parse tree tells it: bytes from the
    /// start of the statement, or negative when unknown. The inmost position wins.
    pub(crate) fn at(mut self, location: i32) -> Self {
        self.position = self.position.or(usize::try_from(location).ok());
        self
    }

    /// The same refusal, its position counted from `bytes` earlier.
    pub(crate) fn shifted(mut self, bytes: usize) -> Self {
        self.position = self.position.map(|position| position + bytes);
        self
    }

    /// The same refusal with its part quoted from `sql`, the whole text.
    pub(crate) fn of(mut self, sql: &str) -> Self {
        let rest = self.position.and_then(|position| sql.get(position..));
        let line = rest.and_then(|rest| rest.lines().next()).filter(|line| !line.is_empty());
        self.part = line.map(|line| line.chars().take(MAX_PART_CHARACTERS).collect());
        self
    }

    /// What it holds in memory beside itself, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        self.message.len() + self.hint.len() + self.part.as_ref().map_or(0, String::len)
    }
}

/// The kinds of reason for which a statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// There is no statement in the text.
    Empty,
    /// The text is longer than [`MAX_SQL_BYTES`](crate::MAX_SQL_BYTES).
    TooLong,
    /// The text holds a NUL byte.
    NulByte,
    /// The text is not SQL.
    Syntax,
    /// The statement is nested too deeply to be looked through.
    TooDeep,
    /// There is more than one statement.
    ManyStatements,
    /// The statement is no query.
    NotAQuery,
    /// Some part of the statement writes.
    Writes,
    /// The query locks rows.
    Locks,
    /// The statement holds a parameter, such as `$1`.
    Parameter,
    /// A function is not on the list.
    Function,
    /// A field selection that Postgres may take for a function call.
    FieldSelection,
    /// An operator or collation outside `pg_catalog`.
    Operator,
    /// A type is not on the list.
    Type,
    /// A relation of the server's own catalog.
    Catalog,
    /// A schema or database that is not open to queries.
    Schema,
    /// A table that the policy closes.
    Table,
    /// A setting that is not open.
    Setting,
    /// `EXPLAIN ANALYZE`, which runs the query.
    Analyze,
    /// The statement asks for too much: a huge count, too many tables.
    TooMuch,
    /// A construct that the gate does not know.
    NotAllowed,
    /// The gate itself failed.
    Internal,
}

impl RefusalCode {
    /// The code as callers see it.
    pub fn as_str(self) -> &'static str {
        match self {
            RefusalCode::Empty => "empty",
            RefusalCode::TooLong => "too_long",
            RefusalCode::NulByte => "nul_byte",
            RefusalCode::Syntax => "syntax_error",
            RefusalCode::TooDeep => "too_deep",
            RefusalCode::ManyStatements => "many_statements",
            RefusalCode::NotAQuery => "not_a_query",
            RefusalCode::Writes => "writes",
            RefusalCode::Locks => "locks",
            RefusalCode::Parameter => "parameter",
            RefusalCode::Function => "function_not_allowed",
            RefusalCode::FieldSelection => "field_selection",
            RefusalCode::Operator => "operator_not_allowed",
            RefusalCode::Type => "type_not_allowed",
            RefusalCode::Catalog => "catalog",
            RefusalCode::Schema => "schema_not_allowed",
            RefusalCode::Table => "table_not_allowed",
            RefusalCode::Setting => "setting_not_allowed",
            RefusalCode::Analyze => "analyze",
            RefusalCode::TooMuch => "too_much",
            RefusalCode::NotAllowed => "not_allowed",
            RefusalCode::Internal => "internal",
        }
    }
}
