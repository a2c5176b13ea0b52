//! `dvf`: property sales, twice a year.

use std::time::Duration;

use mg_flow::{Catchup, Dag, Overlap, cron};

use crate::jobs::{ListSources, LoadSource, RecordEdition};
use crate::pools::PORTAL;

/// Sales, a task a commune and year. The tax administration publishes in April and October, and
/// Etalab some days later.
pub(crate) fn dvf() -> Dag {
    let mut dag = Dag::new("dvf", "Loads the latest edition of property sales.")
        .schedule(
            cron("0 5 5 5,11 *").in_zone("Europe/Paris").catchup(Catchup::Latest).overlap(Overlap::Skip),
        )
        .tags(["ventes", "semestriel"])
        .deadline(Duration::from_hours(12));
    let files = ListSources { spider: "dvf".into(), edition: None.into(), datafiles: Vec::new() };
    let sources = dag.task("fichiers", files).pool(PORTAL).retries(3);
    let sales = dag
        .map("ventes", sources.output(), |source| LoadSource { spider: "dvf".into(), source })
        .width(4)
        .pool(PORTAL)
        .retries(3)
        .timeout(Duration::from_mins(20))
        .writes(["analytics.fact_mutation"]);
    dag.task("edition", RecordEdition { spider: "dvf".into(), loaded: sales.output() })
        .writes(["analytics.edition"]);
    dag
}
