//! Instants that passed while nobody was there, or while all was paused.

use std::time::Duration;

use mg_flow::{Catchup, Scheduler, cron};

use super::{hourly, lay_back, nightly, runs, skips, stored};

#[tokio::test]
async fn a_long_downtime_makes_one_run() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly()).await?;
    let store = &database.store;
    lay_back(&database, 5000)?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert_eq!(skips(store).await?, ["missed 4999"]);
    let of_the_last_hour = "select (created_at - instant < interval '1 hour')::text from mg.run";
    assert_eq!(store.texts(of_the_last_hour).await?, ["true"]);
    let after = stored(store, "nightly").await?;
    assert!(after.next_at > Some(store.now().await?));
    Ok(())
}

#[tokio::test]
async fn none_makes_no_run_of_what_was_missed() -> anyhow::Result<()> {
    let (database, dags) = nightly(cron("30 6 2 1 *").catchup(Catchup::None)).await?;
    let store = &database.store;
    let long_ago = "update mg.schedule set next_instant = '2020-01-02 06:30Z', next_at = '2020-01-02 06:30Z'";
    database.execute("mg_owner", long_ago)?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert_eq!((runs(store).await?.len(), skips(store).await?.len()), (0, 1));
    Ok(())
}

#[tokio::test]
async fn all_are_made_up_for_one_after_the_other() -> anyhow::Result<()> {
    let window = Duration::from_secs(3 * 3600);
    let (database, dags) = nightly(hourly().catchup(Catchup::All).within(window)).await?;
    let store = &database.store;
    lay_back(&database, 48)?;
    let made = Scheduler::tick(store, &dags).await?;
    assert_eq!(made.len(), 3, "those of three hours and not of two days");
    assert_eq!(skips(store).await?, ["too_old 45"]);
    for run in &made {
        Scheduler::tick(store, &dags).await?;
        assert_eq!(store.run(*run).await?.expect("the run").state, "queued");
        let open = "select count(*)::text from mg.run where state = 'queued'";
        assert_eq!(store.texts(open).await?, ["1"]);
        store.cancel_run(*run, "a test").await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_paused_does_not_run_and_does_not_flood_when_it_is_resumed() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly()).await?;
    let store = &database.store;
    let schedule = stored(store, "nightly").await?.id();
    assert!(store.pause_schedule(schedule, "ada").await?);
    assert!(!store.pause_schedule(schedule, "bob").await?, "it was paused already");
    assert_eq!(stored(store, "nightly").await?.paused_by.as_deref(), Some("ada"));
    lay_back(&database, 100)?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert!(store.resume_schedule(schedule, "bob").await?);
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);

    store.cancel_run(store.unfinished_runs("nightly").await?[0], "a test").await?;
    assert!(store.pause_dag("nightly", "ada").await?);
    super::another_hour(&database)?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert!(store.resume_dag("nightly").await?);
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    Ok(())
}
