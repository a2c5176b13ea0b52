//! What can go wrong between the platform and its database.

/// Why a question to the database has no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database is there and cannot do it at present: it stops, is read-only after a failover, is
    /// full, or had to end a transaction for another's sake. It may do it later.
    #[error("{attempted} is not possible at present: {reason}")]
    NotNow {
        /// What was attempted.
        attempted: &'static str,
        /// Why not.
        reason: String,
    },
    /// The server is older than the platform supports.
    #[error("the server is Postgres {0}: version 13 or newer is needed")]
    TooOld(i32),
    /// The database has not been prepared for the platform.
    #[error("the database is not prepared: run `mg migrate`, or start `mg serve`, once")]
    NotPrepared,
    /// A login of the platform's name belongs to another database of the server.
    #[error(
        "the server has a login {0} already that another database's platform made: give this one logins of its own \
         by database.writer_url and database.reader_url"
    )]
    ForeignLogin(&'static str),
    /// Only one of two logins was given.
    #[error("database.writer_url and database.reader_url go together: set both or neither")]
    HalfTheLogins,
    /// A migration failed; the database is as before it.
    #[error("migrating the database failed: {0}")]
    Migration(String),
    /// Every connection for queries is taken, and stayed so.
    #[error("every connection for queries was busy for {waited_ms} ms")]
    Busy {
        /// How long the query waited, milliseconds.
        waited_ms: u64,
    },
    /// A sensitive column cannot be masked with logins that the platform does not make.
    #[error(
        "{0} is to be masked, which needs logins that the platform makes: drop database.writer_url and \
         database.reader_url, give the login of DATABASE_URL the right to create roles, or take the column from \
         access.masked_columns"
    )]
    CannotMask(String),
    /// The server has no login for row scopes.
    #[error("this server has no login that can be limited to communes")]
    NoScopes,
    /// The reader's query took too long.
    #[error("the query ran longer than {limit_ms} ms and was stopped")]
    TimedOut {
        /// The limit.
        limit_ms: u64,
    },
    /// The standby had to take away what the query was reading, and again when it was asked anew.
    #[error("the standby had to change what the query was reading, and ended it")]
    Overtaken,
    /// Postgres refused the reader's query.
    #[error("Postgres refused the query: {message}")]
    Rejected {
        /// What Postgres said.
        message: String,
        /// What Postgres advised, if anything.
        hint: Option<String>,
        /// SQLSTATE.
        sqlstate: String,
    },
    /// A statement of the platform's own failed.
    #[error("{attempted} failed: {reason}")]
    Failed {
        /// What was attempted.
        attempted: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// A record names a column that its table does not have, or the like: a defect of the caller.
    #[error("table {table}: {reason}")]
    Mismatch {
        /// Which table.
        table: String,
        /// What does not fit.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same may succeed a moment later, with nothing changed by whoever asks.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::NotNow { .. })
    }

    /// Wraps a database error with what was attempted.
    pub(crate) fn from_sqlx(attempted: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |error| match error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_) => Self::Unreachable(error.to_string()),
            sqlx::Error::Database(error) if error.code().is_some_and(|code| says_later(&code)) => {
                Self::NotNow { attempted, reason: error.message().to_owned() }
            }
            // A constraint's detail can quote the row; the message alone does not.
            sqlx::Error::Database(error) => Self::Failed { attempted, reason: error.message().to_owned() },
            other => Self::Failed { attempted, reason: other.to_string() },
        }
    }
}

/// Whether what a SQLSTATE says may be over the next time (Postgres' appendix A): a transaction that
/// gave way (class 40), no resources (53), a server that stops or is not up yet (57P), one that only
/// reads since it took over (25006).
fn says_later(sqlstate: &str) -> bool {
    ["40", "53", "57P"].iter().any(|class| sqlstate.starts_with(class)) || sqlstate == "25006"
}

#[cfg(test)]
mod tests {
    use super::says_later;

    #[test]
    fn what_may_be_over_the_next_time_is_told_from_what_will_not() {
        for passing in ["40001", "40P01", "53100", "53300", "57P01", "57P03", "25006"] {
            assert!(says_later(passing), "{passing}");
        }
        // A statement that was cancelled or is wrong is so the next time.
        for lasting in ["57014", "23505", "22P05", "42P01", "25001"] {
            assert!(!says_later(lasting), "{lasting}");
        }
    }
}
