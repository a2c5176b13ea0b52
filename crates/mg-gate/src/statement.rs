//! Finds the one statement in a text by its tokens, before anything is parsed.

use pg_query::protobuf::{KeywordKind, ScanToken, Token};

use crate::refusal::RefusalCode::{Empty, ManyStatements, NotAQuery, Parameter};
use crate::{Refusal, parser};

const ONE_SELECT: &str = "Write one SELECT; to see what tables exist call list_tables.";

/// The one statement of a text.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    /// From its first token to its last.
    pub(crate) text: &'a str,
    /// Where it begins in the whole text, in bytes.
    pub(crate) start: usize,
}

/// The one statement in `sql`, which begins as an admitted one can.
pub(crate) fn isolate(sql: &str) -> Result<Statement<'_>, Refusal> {
    let tokens = parser::scan(sql)?;
    let is_padding = |token: &ScanToken| is_comment(token) || token.token() == Token::Ascii59;
    // Cut off by the starts of what follows and not by the end of the last token, which the
    // scanner reckons differently from kind to kind.
    let kept = tokens.iter().rposition(|token| !is_padding(token)).map_or(0, |last| last + 1);
    let end = tokens.get(kept).map_or(sql.len(), offset);
    let tokens: Vec<&ScanToken> = tokens[..kept].iter().filter(|token| !is_comment(token)).collect();
    let Some(&first) = tokens.first() else {
        return Err(Refusal::new(Empty, "The text holds no statement.", ONE_SELECT));
    };
    check_tokens(sql, first, &tokens)?;
    let start = offset(first);
    Ok(Statement { text: sql[start..end].trim_end_matches(parser::BLANK), start })
}

/// That `tokens`, which begin with `first`, can be one statement without parameters.
fn check_tokens(sql: &str, first: &ScanToken, tokens: &[&ScanToken]) -> Result<(), Refusal> {
    if !begins_statement(first) {
        let word = word(sql, first);
        let message = if first.keyword_kind() == KeywordKind::NoKeyword {
            format!("The statement begins with `{}`; a query begins with SELECT or WITH.", clipped(word))
        } else {
            format!("{} is not admitted; only queries, EXPLAIN and SHOW are.", word.to_uppercase())
        };
        return Err(Refusal::new(NotAQuery, message, ONE_SELECT).at(first.start));
    }
    if let Some(semicolon) = tokens.iter().find(|token| token.token() == Token::Ascii59) {
        let hint = "Send one statement at a time.";
        let refusal = Refusal::new(ManyStatements, "There is more than one statement.", hint);
        return Err(refusal.at(semicolon.start));
    }
    if let Some(parameter) = tokens.iter().find(|token| token.token() == Token::Param) {
        let message = format!("{} is a parameter, and there are no values for it.", word(sql, parameter));
        return Err(Refusal::new(Parameter, message, "Write the value itself.").at(parameter.start));
    }
    Ok(())
}

fn begins_statement(token: &ScanToken) -> bool {
    matches!(
        token.token(),
        Token::Select
            | Token::Values
            | Token::Table
            | Token::With
            | Token::Ascii40
            | Token::Explain
            | Token::Show
    )
}

fn is_comment(token: &ScanToken) -> bool {
    matches!(token.token(), Token::SqlComment | Token::CComment)
}

fn offset(token: &ScanToken) -> usize {
    usize::try_from(token.start).expect("the scanner counts from the start of the text")
}

/// The token as it was written.
fn word<'a>(sql: &'a str, token: &ScanToken) -> &'a str {
    let end = usize::try_from(token.end).unwrap_or_default();
    sql.get(offset(token)..end).unwrap_or_default()
}

/// The first characters of `word`, which may be a literal of any length.
fn clipped(word: &str) -> String {
    word.chars().take(40).collect()
}
