//! `veille`: what changes from day to day.

use std::time::Duration;

use mg_flow::{Catchup, Dag, Overlap, cron};

use crate::jobs::{Crawl, ListDailySpiders};
use crate::pools::PORTAL;

/// Each spider that says that its source changes daily. There may be none: then nothing is done. What they load is
/// measured by `indicateurs`, which waits for editions.
pub(crate) fn veille() -> Dag {
    let mut dag = Dag::new("veille", "Runs the spiders whose sources change from day to day.")
        .schedule(cron("15 5 * * *").in_zone("Europe/Paris").catchup(Catchup::Latest).overlap(Overlap::Skip))
        .tags(["annonces", "quotidien"])
        .deadline(Duration::from_hours(4));
    let spiders = dag.task("robots", ListDailySpiders {});
    dag.map("releves", spiders.output(), Crawl::all_of)
        .width(2)
        .pool(PORTAL)
        .retries(2)
        .timeout(Duration::from_hours(1))
        .writes(["analytics.edition"]);
    dag
}
