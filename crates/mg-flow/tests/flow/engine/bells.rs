//! How workers learn of work: by a bell, or by looking; and what a long task is to others.

use std::time::Duration;

use mg_flow::{Dag, Jobs, Worker, WorkerOptions};
use mg_store::{Store, StoreOptions};
use mg_testkit::TestDatabase;

use super::jobs::{AtDoor, Doubling, Wait, double};
use super::silent_line::SilentLine;
use crate::jobs::{brisk, ended, one_task, run_of, task};

/// Longer than any test.
const NEVER: Duration = Duration::from_hours(1);

/// Three tasks in a row: each is ready only once the one before has ended.
fn row() -> Dag {
    let mut dag = Dag::new("row", "A row.");
    let first = dag.task("first", double(1));
    let second = dag.task("second", double(first.output()));
    dag.task("third", double(second.output()));
    dag
}

#[tokio::test]
async fn a_worker_that_is_told_of_work_need_not_look_for_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let options = WorkerOptions { poll: NEVER, watch: NEVER, ..WorkerOptions::default() };
    let door = AtDoor::shut();
    let jobs = Jobs::default().with(Doubling::default()).with(door.clone());
    let worker = Worker::start(store.clone(), jobs, options).await?;
    let run = run_of(store, row()).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let waiting = run_of(store, one_task("wait", Wait {})).await?;
    door.noted("begun wait").await?;
    store.cancel_run(waiting, "ada").await?;
    door.noted("stopped wait").await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_worker_that_does_not_listen_looks_for_itself() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let options = WorkerOptions { listens: false, ..brisk() };
    let worker = Worker::start(store.clone(), Jobs::default().with(Doubling::default()), options).await?;
    let listening = "select pid::text from pg_stat_activity where query ilike 'listen %'";
    let run = run_of(store, row()).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(store.texts(listening).await?, Vec::<String>::new());
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_line_on_which_nothing_is_ever_told_keeps_no_task_waiting() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let line = SilentLine::to(database.socket_dir(), database.folder()).await?;
    let behind = Store::open_private(line.folder(), "mg", &StoreOptions::default()).await?;
    let door = AtDoor::shut();
    let jobs = Jobs::default().with(Doubling::default()).with(door.clone());
    let worker = Worker::start(behind, jobs, brisk()).await?;
    let store = &database.store;
    let run = run_of(store, row()).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let waiting = run_of(store, one_task("wait", Wait {})).await?;
    door.noted("begun wait").await?;
    store.cancel_run(waiting, "ada").await?;
    door.noted("stopped wait").await?;
    assert!(line.swallowed() > 0, "LISTEN was accepted, and something was told");
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_long_task_of_a_living_worker_is_left_to_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let door = AtDoor::shut();
    let worker = Worker::start(store.clone(), Jobs::default().with(door.clone()), brisk()).await?;
    let run = run_of(store, one_task("wait", Wait {})).await?;
    door.noted("begun wait").await?;
    // It has been at it for a day, and its worker says that it lives.
    let since = "now() - interval '1 day'";
    for statement in [
        format!("update mg.task set started_at = {since}, ready_at = {since}"),
        format!("update mg.task_attempt set started_at = {since}"),
        format!("update mg.worker set started_at = {since}, heartbeat_at = now()"),
    ] {
        database.execute("mg_owner", &statement)?;
    }
    for _ in 0..20 {
        assert_eq!(store.reclaim_expired_tasks().await?, 0);
    }
    door.open();
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "wait").await?.attempt, 1);
    worker.stop().await;
    Ok(())
}
