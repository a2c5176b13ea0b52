//! What stands in the way of ready tasks.

use std::time::Duration;

use mg_core::RunId;
use mg_store::Store;
use mg_store::run::{Hindrance, NewRun, NewTask, TaskKind};
use mg_store::task::{ClaimedTask, Failure, Taker};
use mg_store::worker::{NewWorker, WorkerId};
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::session::{execute, session};

const JOB: &str = "job";

fn task(name: &str) -> NewTask {
    NewTask::new(name, JOB, json!({}))
}

async fn run_of(store: &Store, tasks: Vec<NewTask>) -> anyhow::Result<RunId> {
    Ok(store.create_run(&NewRun::new("dag", "a test", "cli", tasks)).await?)
}

/// A worker of `slots` that knows `jobs` and serves `pools`.
async fn worker(store: &Store, jobs: &[&str], pools: &[&str], slots: i32) -> anyhow::Result<WorkerId> {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let new = NewWorker { jobs: texts(jobs), pools: texts(pools), slots, ..NewWorker::default() };
    Ok(store.register(&new).await?)
}

async fn claim(store: &Store, worker: WorkerId) -> anyhow::Result<ClaimedTask> {
    let taken = store.claim_task(worker, &[JOB.to_owned()]).await?;
    taken.ok_or_else(|| anyhow::anyhow!("no task could be taken"))
}

/// Each ready task with what stands in its way.
async fn seen(store: &Store, run: RunId) -> anyhow::Result<Vec<(String, Option<Hindrance>)>> {
    let ready = store.ready_tasks(run).await?.into_iter();
    Ok(ready.map(|task| (task.name, task.hindrance)).collect())
}

fn all(hindrance: impl Into<Option<Hindrance>>, names: &[&str]) -> Vec<(String, Option<Hindrance>)> {
    let hindrance = hindrance.into();
    names.iter().map(|&name| (name.to_owned(), hindrance)).collect()
}

#[tokio::test]
async fn a_task_waits_for_a_living_worker_that_knows_its_job_and_serves_its_pool() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.register_pool("browser", 4).await?;
    let run =
        run_of(store, vec![task("a"), NewTask { pool: Some("browser".to_owned()), ..task("b") }]).await?;
    assert_eq!(seen(store, run).await?, all(Hindrance::NoWorker, &["a", "b"]));
    worker(store, &["other"], &[], 4).await?;
    assert_eq!(seen(store, run).await?, all(Hindrance::UnknownJob, &["a", "b"]));
    worker(store, &[JOB], &["browser"], 4).await?;
    assert_eq!(seen(store, run).await?, [all(Hindrance::UnservedPool, &["a"]), all(None, &["b"])].concat());
    worker(store, &[JOB], &[Taker::NO_POOL], 4).await?;
    assert_eq!(seen(store, run).await?, all(None, &["a", "b"]));
    // All of them have fallen silent, though nobody has given them up yet.
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '11 s'").await?;
    assert_eq!(seen(store, run).await?, all(Hindrance::NoWorker, &["a", "b"]));
    Ok(())
}

#[tokio::test]
async fn a_task_waits_for_a_slot_of_its_pool_of_its_map_and_of_a_worker() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.register_pool("browser", 1).await?;
    let able = worker(store, &[JOB], &[], 4).await?;
    let of_pool = |name: &str| NewTask { pool: Some("browser".to_owned()), ..task(name) };
    let pooled = run_of(store, vec![of_pool("a"), of_pool("b")]).await?;
    store.set_pool("browser", 0, "ada").await?;
    assert_eq!(seen(store, pooled).await?, all(Hindrance::ClosedPool, &["a", "b"]));
    store.set_pool("browser", 1, "ada").await?;
    assert_eq!(seen(store, pooled).await?, all(None, &["a", "b"]));
    claim(store, able).await?;
    assert_eq!(seen(store, pooled).await?, all(Hindrance::FullPool, &["b"]));
    assert_eq!(store.ready_tasks(pooled).await?[0].pool_slots, Some(1));

    let map = NewTask { kind: TaskKind::Map { over: json!([1, 2, 3]), width: Some(2) }, ..task("m") };
    let mapped = run_of(store, vec![map]).await?;
    let spread = claim(store, able).await?;
    store.spread_task(&spread, &[json!(1), json!(2), json!(3)]).await?;
    assert_eq!(seen(store, mapped).await?, all(None, &["m[0]", "m[1]", "m[2]"]));
    claim(store, able).await?;
    claim(store, able).await?;
    let waits = &store.ready_tasks(mapped).await?[0];
    assert_eq!(
        (waits.name.as_str(), waits.parent.as_deref(), waits.map_width, waits.hindrance),
        ("m[2]", Some("m"), Some(2), Some(Hindrance::FullMap))
    );

    // One of the worker's four slots is left.
    let plain = run_of(store, vec![task("x"), task("y")]).await?;
    assert_eq!(seen(store, plain).await?, all(None, &["x", "y"]));
    claim(store, able).await?;
    assert_eq!(seen(store, plain).await?, all(Hindrance::BusyWorkers, &["y"]));
    Ok(())
}

#[tokio::test]
async fn a_task_that_failed_waits_for_the_time_at_which_it_is_begun_anew() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let able = worker(store, &[JOB], &[], 1).await?;
    let run = run_of(store, vec![NewTask { retries: 1, ..task("a") }]).await?;
    let begun = claim(store, able).await?;
    let again_after = Some(Duration::from_hours(1));
    store.fail_attempt(&begun, &Failure { code: "broken", message: "It broke.", again_after }).await?;
    let ready = store.ready_tasks(run).await?;
    assert_eq!(ready[0].hindrance, Some(Hindrance::Retry));
    let wait = ready[0].ready_at - store.now().await?;
    assert!((3_500..=3_600).contains(&wait.num_seconds()), "{wait}");
    Ok(())
}
