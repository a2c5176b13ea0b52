//! `sitadel`: building permits, each month.

use std::time::Duration;

use mg_flow::{Catchup, Dag, Overlap, cron};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::jobs::{ListSources, LoadSource, RecordEdition};
use crate::pools::PORTAL;

/// What `sitadel` is asked for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Asked {
    /// The edition to read, YYYY-MM; without it, the latest.
    #[serde(default)]
    edition: Option<String>,
}

/// The four lists of permits, a task a list and commune. An edition comes out in the last days of
/// a month.
pub(crate) fn sitadel() -> Dag {
    let mut dag = Dag::new("sitadel", "Loads the latest edition of the four lists of building permits.")
        .schedule(cron("0 6 3 * *").in_zone("Europe/Paris").catchup(Catchup::Latest).overlap(Overlap::Skip))
        .tags(["permis", "mensuel"])
        .deadline(Duration::from_hours(6));
    let asked = dag.parameters::<Asked>();
    let datafiles = ["logements", "locaux", "amenager", "demolir"].map(str::to_owned).to_vec();
    let sources = dag
        .task(
            "fichiers",
            ListSources { spider: "sitadel".into(), edition: asked.field("edition"), datafiles },
        )
        .pool(PORTAL)
        .retries(3);
    let permits = dag
        .map("permis", sources.output(), |source| LoadSource { spider: "sitadel".into(), source })
        .width(4)
        .pool(PORTAL)
        .retries(3)
        .timeout(Duration::from_mins(20))
        .writes(["analytics.fact_permis"]);
    dag.task("edition", RecordEdition { spider: "sitadel".into(), loaded: permits.output() })
        .writes(["analytics.edition"]);
    dag
}
