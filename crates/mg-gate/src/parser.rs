//! Postgres' own scanner and parser. To be called on the thread of `parser_thread` only.

use pg_query::Error;
use pg_query::protobuf::{ParseResult, ScanToken};

use crate::Refusal;
use crate::refusal::RefusalCode::{Syntax, TooDeep};

/// What SQL takes for blank; not the blanks of Unicode, which are parts of names there.
pub(crate) const BLANK: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];

/// The tokens of `sql`, comments included.
pub(crate) fn scan(sql: &str) -> Result<Vec<ScanToken>, Refusal> {
    // The library makes a slice of a null pointer when there is no token, and aborts.
    if sql.trim_matches(BLANK).is_empty() {
        return Ok(Vec::new());
    }
    pg_query::scan_tokens(sql).map_err(|error| refusal(&error))
}

/// The parse tree of `sql`. It is at most a hundred messages deep, for the decoder goes no
/// further: whoever walks it may recurse.
pub(crate) fn parse(sql: &str) -> Result<ParseResult, Refusal> {
    pg_query::parse(sql, pg_query::ParserOptions::DEFAULT)
        .map(|result| result.protobuf)
        .map_err(|error| refusal(&error))
}

/// A name of the statement's shape, if it parses.
pub(crate) fn fingerprint(sql: &str) -> Option<String> {
    pg_query::fingerprint(sql, pg_query::ParserOptions::DEFAULT, pg_query::FingerprintOptions::FULL_RELNAME)
        .ok()
        .map(|print| print.hex)
}

fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Decode(_) => too_deep(),
        Error::Parse(message) | Error::Scan(message) => {
            let exhausted = ["nested too deeply", "stack depth limit", "memory exhausted"];
            if exhausted.iter().any(|sign| message.contains(sign)) {
                return too_deep();
            }
            let message = format!("The SQL does not parse: {message}.");
            Refusal::new(Syntax, message, "Correct the statement; the dialect is PostgreSQL.")
        }
        other => {
            let message = format!("The SQL could not be parsed: {other}.");
            Refusal::new(Syntax, message, "Write one plain SELECT.")
        }
    }
}

fn too_deep() -> Refusal {
    let hint = "Name the steps in WITH, use IN (...) or concat(...) instead of long chains of operators, \
                or ask in several queries.";
    Refusal::new(TooDeep, "The statement is nested too deeply.", hint)
}
