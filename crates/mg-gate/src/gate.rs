//! The gate itself: which checks, in which order.

use std::sync::Arc;

use crate::admitted::Kind;
use crate::refusal::RefusalCode::{Internal, NotAQuery, NulByte, TooLong};
use crate::verdicts::Verdicts;
use crate::{Admitted, Policy, Refusal, parser, parser_thread, statement, walk};

/// The longest text that is looked at, in bytes.
pub const MAX_SQL_BYTES: usize = 64 * 1024;

/// Admits or refuses statements after one [`Policy`], and remembers what it said. A clone
/// shares both.
#[derive(Debug, Clone)]
pub struct Gate {
    policy: Arc<Policy>,
    /// Verdicts by this policy.
    verdicts: Arc<Verdicts>,
}

impl Gate {
    /// A gate that holds statements to `policy`.
    pub fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy), verdicts: Arc::new(Verdicts::new()) }
    }

    /// Admits `sql`, or says which part of it must not run and what to do instead.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] of the first part that is not known to be harmless.
    ///
    /// Waits for the process' one parser thread, unless the verdict is [`known`](Self::known):
    /// a fraction of a millisecond, as a rule.
    pub fn admit(&self, sql: &str) -> Result<Admitted, Refusal> {
        if let Some(verdict) = self.known(sql) {
            return verdict;
        }
        let verdict = self.judge(sql).map_err(|refusal| refusal.of(sql));
        self.verdicts.keep(sql, &verdict);
        verdict
    }

    /// Admits `sql` as [`admit`](Self::admit) does, if it is a query: what can stand in `FROM`,
    /// be read by a cursor or be [explained](Admitted::explain).
    ///
    /// # Errors
    ///
    /// Also when it is `EXPLAIN` or `SHOW`.
    pub fn admit_query(&self, sql: &str) -> Result<Admitted, Refusal> {
        let admitted = self.admit(sql)?;
        match admitted.kind() {
            Kind::Query => Ok(admitted),
            Kind::Explain | Kind::Show => Err(no_query().of(sql)),
        }
    }

    /// The verdict on `sql` if it was given lately: found without parsing or waiting.
    pub fn known(&self, sql: &str) -> Option<Result<Admitted, Refusal>> {
        self.verdicts.get(sql)
    }

    fn judge(&self, sql: &str) -> Result<Admitted, Refusal> {
        check_text(sql)?;
        let (policy, text) = (Arc::clone(&self.policy), sql.to_owned());
        parser_thread::run(move || examine(&policy, &text)).unwrap_or_else(|| {
            let message = "The gate itself failed on this statement.";
            Err(Refusal::new(Internal, message, "Write the query in a simpler way."))
        })
    }

    /// Whether the relation `schema.name` is open to queries.
    pub fn opens(&self, schema: &str, name: &str) -> bool {
        self.policy.schemas.iter().any(|open| open == schema)
            && self.policy.closed(Some(schema), name).is_none()
    }

    /// A name of the shape of `sql`: the same for statements that differ in constants, blanks and
    /// comments alone (libpg_query's fingerprint, 16 hexadecimal digits). `None` when it does not parse.
    pub fn fingerprint(&self, sql: &str) -> Option<String> {
        check_text(sql).ok()?;
        let text = sql.to_owned();
        parser_thread::run(move || parser::fingerprint(&text))?
    }
}

fn examine(policy: &Policy, sql: &str) -> Result<Admitted, Refusal> {
    let statement = statement::isolate(sql)?;
    // Where the tree does not tell a place, the part is the statement from its start.
    let findings = parser::parse(statement.text)
        .and_then(|tree| walk::check(&tree, policy).map_err(|refusal| refusal.at(0)))
        .map_err(|refusal| refusal.shifted(statement.start))?;
    Ok(Admitted::new(statement.text.to_owned(), findings))
}

fn check_text(sql: &str) -> Result<(), Refusal> {
    if sql.len() > MAX_SQL_BYTES {
        let message = format!("The text has {} bytes; at most {MAX_SQL_BYTES} are read.", sql.len());
        return Err(Refusal::new(TooLong, message, "Write a shorter query, or ask in several."));
    }
    match sql.find('\0') {
        Some(position) => {
            let refusal = Refusal::new(NulByte, "The text holds a NUL byte.", "Remove it.");
            Err(Refusal { position: Some(position), ..refusal })
        }
        None => Ok(()),
    }
}

fn no_query() -> Refusal {
    let message = "EXPLAIN and SHOW yield no rows of data; a query is needed here.";
    Refusal::new(NotAQuery, message, "Give the query itself, beginning with SELECT or WITH.")
}
