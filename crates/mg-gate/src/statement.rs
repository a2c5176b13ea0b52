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
    /// Whether `EXPLAIN` stood before it.
    pub(crate) wants_plan: bool,
}

/// The one query in `sql`, which may be preceded by `EXPLAIN` if `plans`.
pub(crate) fn isolate(sql: &str, plans: bool) -> Result<Statement<'_>, Refusal> {
    let tokens = parser::scan(sql)?;
    let is_padding = |token: &ScanToken| is_comment(token) || token.token() == Token::Ascii59;
    // Cut off by the starts of what follows and not by the end of the last token, which the
    // scanner reckons differently from kind to kind.
    let kept = tokens.iter().rposition(|token| !is_padding(token)).map_or(0, |last| last + 1);
    let end = tokens.get(kept).map_or(sql.len(), offset);
    let tokens: Vec<&ScanToken> = tokens[..kept].iter().filter(|token| !is_comment(token)).collect();

    let (wants_plan, body) = match tokens[..] {
        [first, ..] if plans && first.token() == Token::Explain => (true, after_explain(sql, &tokens)?),
        _ => (false, &tokens[..]),
    };
    let Some(&first) = body.first() else {
        return Err(Refusal::new(Empty, "The text holds no statement.", ONE_SELECT));
    };
    check_tokens(sql, first, body)?;

    let start = offset(first);
    let text = sql[start..end].trim_end_matches(parser::BLANK);
    Ok(Statement { text, start, wants_plan })
}

/// What follows `EXPLAIN` or `EXPLAIN (ANALYZE off)`; other options are not taken, since
/// `ANALYZE` runs the query and the rest only change how the plan looks.
fn after_explain<'t>(sql: &str, tokens: &'t [&'t ScanToken]) -> Result<&'t [&'t ScanToken], Refusal> {
    let options = match tokens {
        [_, open, second, rest @ ..] if open.token() == Token::Ascii40 && !begins_query(second) => match rest
        {
            [value, close, ..]
                if second.token() == Token::Analyze
                    && close.token() == Token::Ascii41
                    && ["false", "off", "0"].contains(&word(sql, value).to_lowercase().as_str()) =>
            {
                4
            }
            _ => {
                let refusal = Refusal::new(
                    NotAQuery,
                    "EXPLAIN is admitted only without options: ANALYZE would run the query.",
                    "Write EXPLAIN SELECT ...",
                );
                return Err(refusal.at(second.start));
            }
        },
        _ => 0,
    };
    Ok(&tokens[1 + options..])
}

/// That `body`, which begins with `first`, can be one query without parameters.
fn check_tokens(sql: &str, first: &ScanToken, body: &[&ScanToken]) -> Result<(), Refusal> {
    if !begins_query(first) {
        let word = word(sql, first);
        let message = if first.keyword_kind() == KeywordKind::NoKeyword {
            format!("The statement begins with `{}`; a query begins with SELECT or WITH.", clipped(word))
        } else {
            format!("{} is not admitted; only queries are.", word.to_uppercase())
        };
        return Err(Refusal::new(NotAQuery, message, ONE_SELECT).at(first.start));
    }
    if let Some(semicolon) = body.iter().find(|token| token.token() == Token::Ascii59) {
        let hint = "Send one statement at a time.";
        let refusal = Refusal::new(ManyStatements, "There is more than one statement.", hint);
        return Err(refusal.at(semicolon.start));
    }
    if let Some(parameter) = body.iter().find(|token| token.token() == Token::Param) {
        let message = format!("{} is a parameter, and there are no values for it.", word(sql, parameter));
        return Err(Refusal::new(Parameter, message, "Write the value itself.").at(parameter.start));
    }
    Ok(())
}

fn begins_query(token: &ScanToken) -> bool {
    matches!(token.token(), Token::Select | Token::Values | Token::Table | Token::With | Token::Ascii40)
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
