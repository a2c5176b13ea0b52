//! `menage`: the upkeep of the platform's own books, each night.

use std::time::Duration;

use mg_flow::{Catchup, Dag, Overlap, TriggerRule, cron};

use crate::jobs::{PruneBooks, VacuumAdvice, VerifyAudit};

/// The record of calls is verified before old lines are taken from the books: of one that was
/// touched, nothing is thrown away.
pub(crate) fn menage() -> Dag {
    let mut dag = Dag::new("menage", "Verifies the record of calls, prunes old lines, looks for bloat.")
        .schedule(cron("30 3 * * *").in_zone("Europe/Paris").catchup(Catchup::Latest).overlap(Overlap::Skip))
        .tags(["exploitation", "quotidien"])
        .deadline(Duration::from_hours(2));
    let audit = dag.task("registre", VerifyAudit {}).timeout(Duration::from_mins(30));
    let pruned = dag.task("purge", PruneBooks {}).after(&audit).retries(2).timeout(Duration::from_hours(1));
    dag.task("conseils", VacuumAdvice {})
        .after(&pruned)
        .rule(TriggerRule::AllDone)
        .timeout(Duration::from_mins(10));
    dag
}
