//! A worker that stops: what it hands back, and who ends it.

use std::sync::Arc;
use std::time::Duration;

use mg_flow::{Dag, Job, JobError, JobInput, Jobs, TaskContext, Worker, WorkerOptions};
use mg_store::Store;
use mg_store::run::Cancelled;
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::jobs::{Diary, brisk, ended, one_task, run_of, signalled, task, worker};

#[tokio::test]
async fn a_running_job_is_handed_back_and_another_worker_finishes_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = stop_in_the_middle_of(store, Manner::GivesUp, brisk()).await?.run;
    let handed_back = task(store, run, "long").await?;
    assert_eq!((handed_back.state.as_str(), handed_back.error_code), ("ready", None));

    let heir = Long::new(Manner::Finishes);
    let second = worker(store, Jobs::default().with(heir.clone())).await?;
    signalled(&heir.begun).await?;
    heir.go_on.notify_one();
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let finished = task(store, run, "long").await?;
    assert_eq!((finished.attempt, finished.output), (2, Some("finished".into())));
    second.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_job_that_comes_to_its_end_while_the_worker_stops_has_ended() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = stop_in_the_middle_of(store, Manner::FinishesWhenStopped, brisk()).await?.run;
    assert_eq!(store.run(run).await?.expect("the run").state, "succeeded");
    assert_eq!(task(store, run, "long").await?.output, Some("finished in time".into()));
    Ok(())
}

#[tokio::test]
async fn a_job_that_will_not_stop_is_cut_off_and_handed_back() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let options = WorkerOptions { grace: Duration::from_millis(50), ..brisk() };
    let stopped = stop_in_the_middle_of(store, Manner::Finishes, options).await?;
    assert_eq!(task(store, stopped.run, "long").await?.state, "ready");
    // It was not told to go on: only being cut off can have ended it.
    signalled(&stopped.job.gone).await?;
    assert_eq!(stopped.job.diary.lines(), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_stopped_worker_takes_nothing_more() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let first = worker(store, Jobs::default().with(Long::new(Manner::Finishes))).await?;
    first.stop().await;
    let run = run_of(store, one_task("long", Begin)).await?;
    let heir = Long::new(Manner::Finishes);
    heir.go_on.notify_one();
    let second = worker(store, Jobs::default().with(heir)).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "long").await?.attempt, 1);
    second.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_cancelled_run_ends_at_once_and_its_job_is_told_to_stop() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    for manner in [Manner::GivesUp, Manner::FinishesWhenStopped] {
        let job = Long::new(manner);
        let worker = worker(store, Jobs::default().with(job.clone())).await?;
        let mut dag = Dag::new("long", "Takes long.");
        let first = dag.task("long", Begin);
        dag.task("next", Begin).after(&first);
        let run = run_of(store, dag).await?;
        signalled(&job.begun).await?;
        assert_eq!(store.cancel_run(run, "someone").await?, Cancelled::Now);
        assert_eq!(ended(store, run).await?.state, "cancelled");
        // It ends because it was told to, and what it then reports counts no more.
        signalled(&job.gone).await?;
        worker.stop().await;
        assert_eq!(ended(store, run).await?.cancelled_by.as_deref(), Some("someone"));
        for name in ["long", "next"] {
            let task = task(store, run, name).await?;
            assert_eq!((task.state.as_str(), task.output, task.error), ("cancelled", None, None), "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_job_that_ignores_a_cancelled_run_is_cut_off_and_frees_its_worker() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let job = Long::new(Manner::Finishes);
    let options = WorkerOptions { slots: 1, grace: Duration::from_millis(50), ..brisk() };
    let worker = Worker::start(store.clone(), Jobs::default().with(job.clone()), options).await?;
    let deaf = run_of(store, one_task("long", Begin)).await?;
    signalled(&job.begun).await?;
    store.cancel_run(deaf, "someone").await?;
    signalled(&job.gone).await?;
    assert_eq!(job.diary.lines(), Vec::<String>::new());
    let next = run_of(store, one_task("long", Begin)).await?;
    signalled(&job.begun).await?;
    job.go_on.notify_one();
    assert_eq!(ended(store, next).await?.state, "succeeded");
    assert_eq!(ended(store, deaf).await?.state, "cancelled");
    worker.stop().await;
    Ok(())
}

struct Stopped {
    run: mg_core::RunId,
    job: Long,
}

/// Begins a job, and stops its worker before it has ended.
async fn stop_in_the_middle_of(
    store: &Store,
    manner: Manner,
    options: WorkerOptions,
) -> anyhow::Result<Stopped> {
    let job = Long::new(manner);
    let worker = Worker::start(store.clone(), Jobs::default().with(job.clone()), options).await?;
    let run = run_of(store, one_task("long", Begin)).await?;
    signalled(&job.begun).await?;
    worker.stop().await;
    Ok(Stopped { run, job })
}

/// What a job does when it is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    GivesUp,
    FinishesWhenStopped,
    /// Does not listen: it ends when it is told to go on.
    Finishes,
}

/// Says that it has begun, and waits.
#[derive(Clone)]
struct Long {
    manner: Manner,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    gone: Arc<Notify>,
    diary: Diary,
}

impl Long {
    fn new(manner: Manner) -> Self {
        let notify = Arc::<Notify>::default;
        Self { manner, begun: notify(), go_on: notify(), gone: notify(), diary: Diary::default() }
    }
}

#[derive(Serialize, Deserialize)]
struct Begin;

impl JobInput for Begin {
    const JOB: &'static str = "long";
    type Output = String;
}

impl Job for Long {
    type Input = Begin;

    async fn run(&self, context: &TaskContext, _input: Begin) -> Result<String, JobError> {
        let _gone = SaysGone(Arc::clone(&self.gone));
        self.begun.notify_one();
        if self.manner == Manner::Finishes {
            self.go_on.notified().await;
            self.diary.note("finished");
            return Ok("finished".to_owned());
        }
        context.stopped().await;
        match self.manner {
            Manner::GivesUp => Err(JobError::new("stopped", "The crawl was stopped.")),
            _ => Ok("finished in time".to_owned()),
        }
    }
}

/// Signals when it is dropped: its job is no more.
struct SaysGone(Arc<Notify>);

impl Drop for SaysGone {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
