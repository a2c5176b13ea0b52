//! Several workers, and one that was given up for lost.

use std::time::Duration;

use mg_flow::{Dag, Jobs, Worker, WorkerOptions};
use mg_store::worker::NewWorker;
use mg_testkit::TestDatabase;

use crate::jobs::{
    Diary, Fail, FailInput, Note, brisk, ended, note, one_task, reached, run_of, task, worker,
};

#[tokio::test]
async fn a_task_whose_job_a_worker_does_not_know_is_left_for_others() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let ignorant = worker(store, Jobs::default().with(Fail)).await?;
    let unknown = run_of(store, one_task("a", note("a"))).await?;
    let error = FailInput::Error { code: "known".to_owned(), message: "Known.".to_owned() };
    let known = run_of(store, one_task("b", error)).await?;
    // The later task was taken, so the earlier one was passed over.
    ended(store, known).await?;
    assert_eq!(task(store, unknown, "a").await?.state, "ready");

    let knowing = worker(store, Jobs::default().with(Note(diary.clone()))).await?;
    assert_eq!(ended(store, unknown).await?.state, "succeeded");
    assert_eq!(diary.lines(), ["a"]);
    knowing.stop().await;
    ignorant.stop().await;
    Ok(())
}

#[tokio::test]
async fn several_workers_execute_each_task_once() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(worker(store, Jobs::default().with(Note(diary.clone()))).await?);
    }
    let names: Vec<String> = (10..40).map(|number| number.to_string()).collect();
    let mut dag = Dag::new("many", "Many.");
    for name in &names {
        dag.task(name, note(name));
    }
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let mut lines = diary.lines();
    lines.sort();
    assert_eq!(lines, names);
    for worker in workers {
        worker.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn the_task_of_a_lost_worker_is_taken_up_by_another() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    // A worker that is gone without a word, in the middle of a task.
    let lost = NewWorker { silence: Duration::from_secs(2), ..NewWorker::default() };
    let lost = store.register(&lost).await?;
    let run = run_of(store, one_task("a", note("a"))).await?;
    store.claim_task(lost, &["note".to_owned()]).await?.expect("it is ready");

    let diary = Diary::default();
    let options = WorkerOptions { heartbeat: Duration::from_millis(20), ..brisk() };
    let heir = Worker::start(store.clone(), Jobs::default().with(Note(diary.clone())), options).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "a").await?.attempt, 2);
    assert_eq!(diary.lines(), ["a"]);
    assert!(!store.heartbeat(lost).await?);
    heir.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_worker_that_was_given_up_for_lost_registers_anew_and_works_on() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let options = WorkerOptions { heartbeat: Duration::from_millis(20), ..brisk() };
    let worker = Worker::start(store.clone(), Jobs::default().with(Note(diary.clone())), options).await?;
    let ids = "select id::text from mg.worker";
    let before = store.texts(ids).await?;
    let after = reached(async || {
        // A heartbeat at the same instant saves the worker, so it is given up until it is gone.
        store.reclaim_lost_tasks(Duration::ZERO).await?;
        let now = store.texts(ids).await?;
        Ok((!now.is_empty() && now != before).then_some(now))
    })
    .await?;
    assert_eq!(after.len(), 1);
    let run = run_of(store, one_task("a", note("a"))).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    worker.stop().await;
    assert_eq!(store.texts(ids).await?, Vec::<String>::new(), "a worker that stopped has signed off");
    Ok(())
}
