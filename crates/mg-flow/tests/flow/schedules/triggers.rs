//! DAGs that start when tables changed.

use mg_flow::{Dag, Dags, DataTrigger, Scheduler, all, any};
use mg_testkit::TestDatabase;

use super::runs;
use crate::jobs::note;

const BOTH: [&str; 2] = ["analytics.permits", "analytics.sales"];

/// A database, and a DAG that waits for tables which another DAG writes.
async fn waiting(trigger: DataTrigger) -> anyhow::Result<(TestDatabase, Dags)> {
    let database = TestDatabase::start().await?;
    let mut dag = Dag::new("measure", "Tried here.").when_changed(trigger);
    dag.task("a", note("a"));
    let mut writer = Dag::new("load", "Tried here.");
    writer.task("a", note("a")).writes(BOTH);
    let dags = Dags::new([dag, writer], [])?;
    Scheduler::sync(&database.store, &dags).await?;
    Ok((database, dags))
}

/// As a task that writes the table does when it ends.
fn write(database: &TestDatabase, table: &str) -> anyhow::Result<()> {
    let written = format!(
        "insert into mg.table_change (table_name) values ('{table}')
         on conflict (table_name) do update set version = table_change.version + 1, changed_at = now()"
    );
    database.execute("mg_owner", &written)
}

#[tokio::test]
async fn one_run_answers_many_changes() -> anyhow::Result<()> {
    let (database, dags) = waiting(any(BOTH)).await?;
    let store = &database.store;
    assert_eq!(Scheduler::tick(store, &dags).await?, [], "nothing has changed");
    for table in [BOTH[0], BOTH[0], BOTH[1]] {
        write(&database, table)?;
    }
    // Many look at a time.
    let looks = (0..8).map(|_| Scheduler::tick(store, &dags));
    let mut made = Vec::new();
    for look in futures::future::join_all(looks).await {
        made.extend(look?);
    }
    assert_eq!(made.len(), 1);
    assert_eq!(runs(store).await?, ["measure queued data"]);
    store.cancel_run(made[0], "a test").await?;
    assert_eq!(Scheduler::tick(store, &dags).await?, [], "all changes were seen");
    Ok(())
}

#[tokio::test]
async fn changes_during_a_run_are_answered_by_one_after_it() -> anyhow::Result<()> {
    let (database, dags) = waiting(any(BOTH)).await?;
    let store = &database.store;
    write(&database, BOTH[0])?;
    let first = Scheduler::tick(store, &dags).await?;
    write(&database, BOTH[0])?;
    write(&database, BOTH[1])?;
    assert_eq!(Scheduler::tick(store, &dags).await?, [], "the run is open");
    store.cancel_run(first[0], "a test").await?;
    let second = Scheduler::tick(store, &dags).await?;
    assert_eq!(second.len(), 1);
    store.cancel_run(second[0], "a test").await?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    Ok(())
}

#[tokio::test]
async fn all_waits_for_each_of_its_tables() -> anyhow::Result<()> {
    let (database, dags) = waiting(all(BOTH)).await?;
    let store = &database.store;
    for _ in 0..2 {
        write(&database, BOTH[0])?;
        write(&database, BOTH[0])?;
        assert_eq!(Scheduler::tick(store, &dags).await?, []);
        write(&database, BOTH[1])?;
        let made = Scheduler::tick(store, &dags).await?;
        assert_eq!(made.len(), 1);
        store.cancel_run(made[0], "a test").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_paused_dag_waits_and_starts_once_when_it_is_resumed() -> anyhow::Result<()> {
    let (database, dags) = waiting(any(BOTH)).await?;
    let store = &database.store;
    store.pause_dag("measure", "ada").await?;
    for _ in 0..5 {
        write(&database, BOTH[0])?;
        assert_eq!(Scheduler::tick(store, &dags).await?, []);
    }
    store.resume_dag("measure").await?;
    assert_eq!(Scheduler::tick(store, &dags).await?.len(), 1);
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_dag_that_waits_no_more_does_not_start() -> anyhow::Result<()> {
    let (database, _) = waiting(any(BOTH)).await?;
    let store = &database.store;
    let mut dag = Dag::new("measure", "Tried here.");
    dag.task("a", note("a"));
    let dags = super::only(dag)?;
    Scheduler::sync(store, &dags).await?;
    write(&database, BOTH[0])?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    Ok(())
}
