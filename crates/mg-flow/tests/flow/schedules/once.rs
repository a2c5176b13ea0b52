//! An instant has one run, however many look and however often they start anew.

use mg_flow::{Catchup, Dags, Overlap, Scheduler, SchedulerOptions, cron};
use tokio::task::JoinSet;

use super::{hourly, lay_back, nightly, only, runs, scheduled, stored};
use crate::jobs::reached;

#[tokio::test(flavor = "multi_thread")]
async fn eight_that_look_at_a_time_make_one_run_of_each_instant() -> anyhow::Result<()> {
    let often = hourly().catchup(Catchup::All).overlap(Overlap::Allow);
    let (database, dags) = nightly(often).await?;
    let store = &database.store;
    lay_back(&database, 249)?;
    let mut looking = JoinSet::new();
    for _ in 0..8 {
        let (store, dags) = (store.clone(), dags.clone());
        looking.spawn(async move {
            let mut made = 0;
            // What one holds the others pass over, so each looks until nothing is due.
            while store.pulse(&["nightly".to_owned()]).await?.is_due {
                made += Scheduler::tick(&store, &dags).await?.len();
            }
            anyhow::Ok(made)
        });
    }
    let mut made = 0;
    for outcome in looking.join_all().await {
        made += outcome?;
    }
    assert_eq!(made, 250);
    let counts = "select concat_ws(' ', count(*), count(distinct instant)) from mg.run";
    assert_eq!(store.texts(counts).await?, ["250 250"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_schedulers_that_have_all_in_common_make_one_run() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly()).await?;
    let store = &database.store;
    let options = SchedulerOptions { longest_wait: std::time::Duration::from_millis(5) };
    let one = Scheduler::start(store.clone(), dags.clone(), options.clone()).await?;
    let other = Scheduler::start(store.clone(), dags, options).await?;
    for round in 1..=5 {
        super::another_hour(&database)?;
        reached(async || Ok((runs(store).await?.len() >= round).then_some(()))).await?;
        store.cancel_run(store.unfinished_runs("nightly").await?[0], "a test").await?;
    }
    one.stop().await;
    other.stop().await;
    assert_eq!(runs(store).await?.len(), 5);
    Ok(())
}

#[tokio::test]
async fn restarts_do_not_put_off_what_is_next() -> anyhow::Result<()> {
    let yearly = cron("0 6 3 1 *").in_zone("Europe/Paris");
    let (database, dags) = nightly(yearly).await?;
    let store = &database.store;
    let first = stored(store, "nightly").await?;
    let ahead = first.next_at.expect("a year has a third of January") - store.now().await?;
    assert!(ahead.num_days() <= 366, "{ahead}");
    for _ in 0..3 {
        Scheduler::sync(store, &dags).await?;
        assert_eq!(Scheduler::tick(store, &dags).await?, []);
    }
    assert_eq!(stored(store, "nightly").await?, first);
    // Its time comes while nobody is there; whoever comes then starts as ever.
    let past = "update mg.schedule set next_instant = next_instant - interval '1 year', next_at = next_at - interval '1 year'";
    database.execute("mg_owner", past)?;
    Scheduler::sync(store, &dags).await?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    let last = stored(store, "nightly").await?;
    assert_eq!((last.next_instant, last.version), (first.next_instant, 1));
    Ok(())
}

#[tokio::test]
async fn a_schedule_of_a_dag_that_is_not_known_is_left_for_others() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly()).await?;
    let store = &database.store;
    let older = only(scheduled("weekly", hourly()))?;
    Scheduler::sync(store, &older).await?;
    lay_back(&database, 0)?;
    assert_eq!(Scheduler::tick(store, &older).await?.len(), 1);
    assert_eq!(runs(store).await?, ["weekly queued schedule"]);
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_keeps_no_other_waiting() -> anyhow::Result<()> {
    let (database, _) = nightly(hourly()).await?;
    let store = &database.store;
    let both = Dags::new(["nightly", "weekly"].map(|name| scheduled(name, hourly())), [])?;
    Scheduler::sync(store, &both).await?;
    lay_back(&database, 0)?;
    // As a later version might write it.
    let later =
        "update mg.schedule set definition = definition || '{\"holidays\": \"FR\"}' where name = 'nightly'";
    database.execute("mg_owner", later)?;
    assert_eq!(Scheduler::tick(store, &both).await?.len(), 1);
    assert_eq!(runs(store).await?, ["weekly queued schedule"]);
    assert!(stored(store, "nightly").await?.next_at < Some(store.now().await?), "it is still due");
    Ok(())
}

#[tokio::test]
async fn what_is_next_is_told_without_anything_to_do() -> anyhow::Result<()> {
    let (database, _) = nightly(cron("0 0 1 1 *")).await?;
    let dags = ["nightly".to_owned()];
    let pulse = database.store.pulse(&dags).await?;
    assert_eq!((pulse.is_due, pulse.is_waiting, pulse.stale.len()), (false, false, 0));
    let next = stored(&database.store, "nightly").await?.next_at.expect("there is a next");
    let left = next - database.store.now().await?;
    let told = pulse.next_in.expect("there is a next").as_secs_f64();
    assert!((told - left.as_seconds_f64()).abs() < 60.0, "{told} s and {left}");
    Ok(())
}
