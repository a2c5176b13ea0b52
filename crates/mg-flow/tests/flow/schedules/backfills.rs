//! Ranges of instants that are made up for.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use mg_flow::{BackfillError, BackfillRange, Dags, Scheduler, backfill, cron, plan_backfill};
use mg_store::Store;
use mg_store::backfill::Backfill;
use mg_testkit::TestDatabase;

use super::{lay_back, nightly, stored};

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a test writes instants well").to_utc()
}

/// Ten days of a schedule at 06:00, one of them with a run.
async fn ten_days() -> anyhow::Result<(TestDatabase, Dags, BackfillRange)> {
    let (database, dags) = nightly(cron("0 6 * * *")).await?;
    let schedule = stored(&database.store, "nightly").await?.id();
    let range = BackfillRange {
        schedule,
        from: instant("2026-01-01T06:00:00Z"),
        until: instant("2026-01-10T06:00:00Z"),
    };
    let one = BackfillRange {
        from: instant("2026-01-03T00:00:00Z"),
        until: instant("2026-01-04T00:00:00Z"),
        ..range
    };
    let first = backfill(&database.store, &dags, one, 1, "ada").await?;
    let runs = store_runs(&database.store, first.0).await?;
    database.store.cancel_run(runs[0], "a test").await?;
    Ok((database, dags, range))
}

async fn store_runs(store: &Store, backfill: i64) -> anyhow::Result<Vec<RunId>> {
    let ids = store
        .texts("select id || ' ' || backfill_id from mg.run where backfill_id is not null order by id")
        .await?;
    let wanted = format!(" {backfill}");
    let ids = ids.iter().filter_map(|id| id.strip_suffix(&wanted));
    Ok(ids.map(|id| id.parse().map(RunId)).collect::<Result<_, _>>()?)
}

/// Waiting, open, succeeded, failed or cancelled.
fn counts(backfill: &Backfill) -> [i64; 4] {
    [backfill.waiting, backfill.open, backfill.succeeded, backfill.failed]
}

#[tokio::test]
async fn a_dry_run_lists_instants_and_the_runs_that_they_have() -> anyhow::Result<()> {
    let (database, _, range) = ten_days().await?;
    let plan = plan_backfill(&database.store, range).await?;
    assert_eq!(plan.instants.len(), 10, "both ends belong to it");
    let having: Vec<usize> = (0..10).filter(|place| plan.instants[*place].run.is_some()).collect();
    assert_eq!(having, [2]);
    assert_eq!(plan.instants[2].run.as_ref().map(|(_, state)| state.as_str()), Some("cancelled"));
    assert_eq!(super::runs(&database.store).await?.len(), 1, "nothing was done");
    Ok(())
}

#[tokio::test]
async fn as_many_runs_are_open_as_its_width_and_each_instant_has_one() -> anyhow::Result<()> {
    let (database, dags, range) = ten_days().await?;
    let store = &database.store;
    let id = backfill(store, &dags, range, 2, "ada").await?;
    let counted = async || anyhow::Ok(counts(&store.backfill(id).await?.expect("it was made")));
    assert_eq!(counted().await?, [7, 2, 0, 0], "one of ten instants had a run");
    Scheduler::tick(store, &dags).await?;
    assert_eq!(counted().await?, [7, 2, 0, 0]);
    let runs = store_runs(store, id.0).await?;
    for (ended, run) in (1..).zip(&runs) {
        assert_eq!(super::state(store, *run).await?, "queued", "the oldest come first");
        store.cancel_run(*run, "a test").await?;
        let looks = (0..3).map(|_| Scheduler::tick(store, &dags));
        for look in futures::future::join_all(looks).await {
            look?;
        }
        let left = 9 - ended;
        assert_eq!(counted().await?, [(left - 2).max(0), left.min(2), 0, ended]);
    }
    let latest = store.latest_backfills(10).await?;
    assert_eq!((latest.len(), latest[0].id, latest[0].made_by.as_str()), (2, id.0, "ada"));
    assert!(matches!(backfill(store, &dags, range, 2, "ada").await, Err(BackfillError::Nothing { .. })));
    Ok(())
}

#[tokio::test]
async fn a_backfill_that_is_cancelled_ends_its_runs() -> anyhow::Result<()> {
    let (database, dags, range) = ten_days().await?;
    let store = &database.store;
    let id = backfill(store, &dags, range, 3, "ada").await?;
    assert!(store.cancel_backfill(id, "eve").await?);
    assert!(!store.cancel_backfill(id, "bob").await?);
    let cancelled = store.backfill(id).await?.expect("it was made");
    assert_eq!((counts(&cancelled), cancelled.cancelled_by.as_deref()), ([0, 0, 0, 9], Some("eve")));
    Scheduler::tick(store, &dags).await?;
    assert_eq!(store.unfinished_runs("nightly").await?, []);
    Ok(())
}

#[tokio::test]
async fn what_a_process_left_of_a_cancelled_backfill_another_ends() -> anyhow::Result<()> {
    let (database, dags, range) = ten_days().await?;
    let store = &database.store;
    backfill(store, &dags, range, 3, "ada").await?;
    // As if it had ended between the two.
    database.execute("mg_owner", "update mg.backfill set cancelled_by = 'eve', cancelled_at = now()")?;
    Scheduler::tick(store, &dags).await?;
    assert_eq!(store.unfinished_runs("nightly").await?, []);
    Ok(())
}

#[tokio::test]
async fn a_schedule_runs_on_beside_its_backfill_and_a_paused_dag_holds_both() -> anyhow::Result<()> {
    let (database, dags, range) = ten_days().await?;
    let store = &database.store;
    let id = backfill(store, &dags, range, 1, "ada").await?;
    lay_back(&database, 24)?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    store.pause_dag("nightly", "ada").await?;
    store.cancel_run(store_runs(store, id.0).await?[0], "a test").await?;
    Scheduler::tick(store, &dags).await?;
    assert_eq!(counts(&store.backfill(id).await?.expect("it was made")), [8, 0, 0, 1]);
    store.resume_dag("nightly").await?;
    Scheduler::tick(store, &dags).await?;
    assert_eq!(counts(&store.backfill(id).await?.expect("it was made")), [7, 1, 0, 1]);
    Ok(())
}

#[tokio::test]
async fn a_range_without_end_is_refused() -> anyhow::Result<()> {
    let (database, dags, range) = ten_days().await?;
    let store = &database.store;
    let endless = BackfillRange { from: DateTime::UNIX_EPOCH, until: DateTime::<Utc>::MAX_UTC, ..range };
    assert!(matches!(plan_backfill(store, endless).await, Err(BackfillError::TooMany { .. })));
    let future = BackfillRange { from: instant("2126-01-01T00:00:00Z"), ..endless };
    assert!(matches!(backfill(store, &dags, future, 1, "ada").await, Err(BackfillError::Nothing { .. })));
    assert!(matches!(backfill(store, &dags, range, 0, "ada").await, Err(BackfillError::NoWidth)));
    Ok(())
}
