//! Tasks that are begun anew after they failed, and those that take too long.

use std::time::Duration;

use mg_core::RunId;
use mg_flow::{Backoff, Dag, Jobs, Worker, WorkerOptions};
use mg_store::Store;
use mg_testkit::TestDatabase;
use serde_json::json;

use super::jobs::{AtDoor, Doubling, Wait, double, passing};
use crate::jobs::{brisk, ended, run_of, task, worker};

fn doubling(retries: u32, first_ms: u64) -> Dag {
    let mut dag = Dag::new("one", "One.");
    let backoff = Backoff { first_ms, factor: 2.0, longest_ms: 10_000, jitter: false };
    dag.task("double", double(4)).retries(retries).backoff(backoff);
    dag
}

async fn outcomes(store: &Store, run: RunId) -> anyhow::Result<Vec<String>> {
    let attempts = store.run_attempts(run).await?;
    Ok(attempts.into_iter().filter_map(|attempt| attempt.outcome).collect())
}

#[tokio::test]
async fn a_task_is_begun_anew_after_waits_that_grow() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker =
        worker(store, Jobs::default().with(Doubling::failing(4, vec![passing(), passing()]))).await?;
    let run = run_of(store, doubling(2, 40)).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(outcomes(store, run).await?, ["retried", "retried", "succeeded"]);
    let attempts = store.run_attempts(run).await?;
    for (place, least_ms) in [(0, 40), (1, 80)] {
        let ended = attempts[place].finished_at.expect("it has ended");
        let waited = attempts[place + 1].started_at - ended;
        assert!(waited.num_milliseconds() >= least_ms, "{waited} before attempt {}", place + 2);
    }
    assert_eq!(attempts[0].error_code.as_deref(), Some("portal_down"));
    let task = task(store, run, "double").await?;
    assert_eq!((task.output, task.failures, task.error_code), (Some(json!(8)), 2, None));
    let log = store.run_log(run, 10).await?;
    assert_eq!(log.iter().filter(|line| line.level == "error").count(), 2, "each failure is told: {log:?}");
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_task_fails_once_its_retries_are_spent() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let faults = vec![passing(), passing(), passing()];
    let worker = worker(store, Jobs::default().with(Doubling::failing(4, faults))).await?;
    let run = run_of(store, doubling(1, 0)).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(outcomes(store, run).await?, ["retried", "failed"]);
    let task = task(store, run, "double").await?;
    assert_eq!((task.failures, task.error_code.as_deref()), (2, Some("portal_down")));
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn no_retry_is_spent_on_a_lasting_error() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Doubling::failing(4, vec![passing().lasting()]))).await?;
    let run = run_of(store, doubling(9, 0)).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(outcomes(store, run).await?, ["failed"]);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_told_to_stop_and_begun_anew() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let door = AtDoor::shut();
    let worker = worker(store, Jobs::default().with(door.clone())).await?;
    let mut dag = Dag::new("long", "Takes long.");
    let at_once = Backoff { first_ms: 0, factor: 1.0, longest_ms: 0, jitter: false };
    dag.task("wait", Wait {}).timeout(Duration::from_millis(50)).retries(1).backoff(at_once);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(outcomes(store, run).await?, ["retried", "failed"]);
    assert_eq!(door.diary.lines(), ["begun wait", "stopped wait", "begun wait", "stopped wait"]);
    let task = task(store, run, "wait").await?;
    assert_eq!(task.error_code.as_deref(), Some("timed_out"));
    assert!(task.error.as_deref().is_some_and(|said| said.contains("0.05 s")), "{task:?}");
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_task_that_waits_for_its_next_attempt_holds_no_slot() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let options = WorkerOptions { slots: 1, ..brisk() };
    let doubling_job = Doubling::failing(4, vec![passing()]);
    let worker = Worker::start(store.clone(), Jobs::default().with(doubling_job), options).await?;
    let hour = run_of(store, doubling(1, 3_600_000)).await?;
    crate::jobs::reached(async || Ok((task(store, hour, "double").await?.failures == 1).then_some(())))
        .await?;
    let mut dag = Dag::new("next", "Next.");
    dag.task("double", double(5));
    let next = run_of(store, dag).await?;
    assert_eq!(ended(store, next).await?.state, "succeeded");
    let waiting = task(store, hour, "double").await?;
    let longest_ms = 10_000;
    assert_eq!(waiting.state, if waiting.attempt == 1 { "ready" } else { "succeeded" });
    let first = &store.run_attempts(hour).await?[0];
    let wait = waiting.ready_at.expect("it is ready") - first.finished_at.expect("it has ended");
    assert_eq!(wait.num_milliseconds(), longest_ms, "no wait is longer than the longest");
    worker.stop().await;
    Ok(())
}
