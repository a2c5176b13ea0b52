//! What runs after what, and how many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mg_flow::{Dag, Job, JobError, JobInput, Jobs, TaskContext, Worker, WorkerOptions};
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Barrier;

use crate::jobs::{Diary, Note, brisk, ended, note, one_task, run_of, task, worker};

#[tokio::test]
async fn tasks_run_after_those_they_wait_for_and_their_output_is_kept() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Note(diary.clone()))).await?;
    let mut dag = Dag::new("diamond", "A diamond.");
    let fetch = dag.task("fetch", note("fetch"));
    let left = dag.task("left", note("left")).after(&fetch);
    let right = dag.task("right", note("right")).after(&fetch);
    dag.task("measure", note("measure")).after(&left).after(&right);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");

    let lines = diary.lines();
    assert_eq!((lines.len(), lines[0].as_str(), lines[3].as_str()), (4, "fetch", "measure"), "{lines:?}");
    assert_eq!(task(store, run, "measure").await?.output, Some(json!({"letters": 7})));
    assert!(store.run_tasks(run).await?.iter().all(|task| task.state == "succeeded" && task.attempt == 1));
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_run_keeps_who_asked_for_it_and_for_what() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let run = run_of(&database.store, one_task("a", note("a"))).await?;
    let run = database.store.run(run).await?.expect("it was made");
    assert_eq!(
        (run.dag.as_str(), run.requested_by.as_str(), run.state.as_str()),
        ("one", "a test", "queued")
    );
    assert_eq!(run.parameters, json!({}));
    Ok(())
}

#[tokio::test]
async fn a_worker_executes_as_many_tasks_at_a_time_as_it_has_slots() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let meeting = Meeting::of(2);
    let most = Arc::clone(&meeting.most);
    let options = WorkerOptions { slots: 2, ..brisk() };
    let worker = Worker::start(store.clone(), Jobs::default().with(meeting), options).await?;
    let mut dag = Dag::new("pairs", "Pairs.");
    for name in ["a", "b", "c", "d"] {
        dag.task(name, Meet);
    }
    let run = run_of(store, dag).await?;
    // Nobody passes alone, so the run ends only if two are there at a time.
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(most.load(Ordering::SeqCst), 2);
    worker.stop().await;
    Ok(())
}

/// Waits until as many are there as it takes.
struct Meeting {
    barrier: Barrier,
    present: AtomicUsize,
    most: Arc<AtomicUsize>,
}

impl Meeting {
    fn of(size: usize) -> Self {
        Self { barrier: Barrier::new(size), present: AtomicUsize::new(0), most: Arc::default() }
    }
}

#[derive(Serialize, Deserialize)]
struct Meet;

impl JobInput for Meet {
    const JOB: &'static str = "meet";
    type Output = ();
}

impl Job for Meeting {
    type Input = Meet;

    async fn run(&self, _context: &TaskContext, _input: Meet) -> Result<(), JobError> {
        let present = self.present.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(present, Ordering::SeqCst);
        self.barrier.wait().await;
        self.present.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}
