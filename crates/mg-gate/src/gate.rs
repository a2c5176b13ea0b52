//! The gate itself: which checks, in which order.

use std::sync::Arc;

use crate::refusal::RefusalCode::{Internal, NulByte, TooLong};
use crate::{Admitted, Refusal, parser, parser_thread, statement, walk};

/// The longest text that is looked at, in bytes.
pub const MAX_SQL_BYTES: usize = 64 * 1024;

/// What the statements of one gate may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The schemas whose relations may be read, in the order of the search path.
    pub schemas: Vec<String>,
    /// Whether `EXPLAIN` of a query is admitted. If so, the caller must look at
    /// [`Admitted::wants_plan`].
    pub plans: bool,
}

/// Admits or refuses statements after one [`Policy`]. A clone shares it.
#[derive(Debug, Clone)]
pub struct Gate {
    policy: Arc<Policy>,
}

impl Gate {
    /// A gate that holds statements to `policy`.
    pub fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// Admits `sql`, or says which part of it must not run and what to do instead.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] of the first part that is not known to be harmless.
    ///
    /// Waits for the process' one parser thread: a fraction of a millisecond, as a rule.
    pub fn admit(&self, sql: &str) -> Result<Admitted, Refusal> {
        check_text(sql)?;
        let (policy, text) = (Arc::clone(&self.policy), sql.to_owned());
        parser_thread::run(move || examine(&policy, &text)).unwrap_or_else(|| {
            let message = "The gate itself failed on this statement.";
            Err(Refusal::new(Internal, message, "Write the query in a simpler way."))
        })
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
    let statement = statement::isolate(sql, policy.plans)?;
    let relations = parser::parse(statement.text)
        .and_then(|tree| walk::check(&tree, &policy.schemas))
        .map_err(|refusal| refusal.shifted(statement.start))?;
    Ok(Admitted::new(statement.text.to_owned(), relations, statement.wants_plan))
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
