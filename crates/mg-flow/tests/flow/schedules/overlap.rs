//! An instant comes and the run before it has not ended.

use mg_flow::{Overlap, Requester, Scheduler, launch};
use serde_json::json;

use super::{another_hour, hourly, lay_back, nightly, runs, skips, state};

#[tokio::test]
async fn skip_makes_no_run_and_says_so() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly().overlap(Overlap::Skip)).await?;
    let store = &database.store;
    lay_back(&database, 0)?;
    let first = Scheduler::tick(store, &dags).await?;
    another_hour(&database)?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert_eq!((runs(store).await?.len(), skips(store).await?), (1, vec!["overlap 0".to_owned()]));
    // Once it has ended the next is made.
    store.cancel_run(first[0], "a test").await?;
    another_hour(&database)?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn queue_lets_runs_wait_for_each_other_in_order() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly().overlap(Overlap::Queue)).await?;
    let store = &database.store;
    let mut made = Vec::new();
    for _ in 0..3 {
        another_hour(&database)?;
        made.extend(Scheduler::tick(store, &dags).await?);
    }
    let states = async || -> anyhow::Result<Vec<String>> {
        let mut states = Vec::new();
        for run in &made {
            states.push(state(store, *run).await?);
        }
        Ok(states)
    };
    assert_eq!(states().await?, ["queued", "waiting", "waiting"]);
    Scheduler::tick(store, &dags).await?;
    assert_eq!(states().await?, ["queued", "waiting", "waiting"], "the first has not ended");
    store.cancel_run(made[0], "a test").await?;
    // Many look at a time, and one of those that wait begins.
    let looks = (0..4).map(|_| Scheduler::tick(store, &dags));
    for look in futures::future::join_all(looks).await {
        look?;
    }
    assert_eq!(states().await?, ["cancelled", "queued", "waiting"]);
    // What waits is cancelled as what runs is, and the next of them is not kept by it.
    store.cancel_run(made[1], "a test").await?;
    Scheduler::tick(store, &dags).await?;
    assert_eq!(states().await?, ["cancelled", "cancelled", "queued"]);
    Ok(())
}

#[tokio::test]
async fn cancel_previous_ends_the_run_before() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly().overlap(Overlap::CancelPrevious)).await?;
    let store = &database.store;
    lay_back(&database, 0)?;
    let first = Scheduler::tick(store, &dags).await?;
    another_hour(&database)?;
    let second = Scheduler::tick(store, &dags).await?;
    assert_eq!(
        (state(store, first[0]).await?, state(store, second[0]).await?),
        ("cancelled".into(), "queued".into())
    );
    let cancelled = store.run(first[0]).await?.expect("the run");
    assert_eq!(cancelled.cancelled_by.as_deref(), Some("schedule"));
    Ok(())
}

#[tokio::test]
async fn allow_runs_both() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly().overlap(Overlap::Allow)).await?;
    for _ in 0..2 {
        another_hour(&database)?;
        Scheduler::tick(&database.store, &dags).await?;
    }
    assert_eq!(runs(&database.store).await?, ["nightly queued schedule"; 2]);
    Ok(())
}

#[tokio::test]
async fn a_run_that_somebody_asked_for_is_in_no_schedules_way() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly().overlap(Overlap::Skip)).await?;
    let store = &database.store;
    let dag = dags.get("nightly").expect("it was given");
    launch(store, dag, json!({}), Requester { principal: "ada", face: "cli" }).await?;
    lay_back(&database, 0)?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    Ok(())
}
