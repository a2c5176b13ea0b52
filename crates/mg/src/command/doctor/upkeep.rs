//! What the database's own statistics say.

use mg_store::Store;

use super::Finding;

/// One finding a piece of advice; one that all is well where there is none.
pub(super) async fn findings(store: &Store) -> Vec<Finding> {
    match store.upkeep_advice().await {
        Ok(advice) if advice.is_empty() => vec![Finding::ok("Upkeep", "tables and indexes are in order")],
        Ok(advice) => advice
            .into_iter()
            .map(|line| Finding::warning("Upkeep", format!("{}: {}", line.subject, line.figure), line.advice))
            .collect(),
        Err(error) => vec![Finding::warning("Upkeep", error.to_string(), "See what Postgres logs.")],
    }
}
