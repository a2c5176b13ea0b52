//! What a job tells while it runs.

use std::sync::Arc;

use mg_flow::{Job, JobError, JobInput, Jobs, TaskContext};
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::jobs::{ended, one_task, reached, run_of, signalled, task, worker};

#[tokio::test]
async fn progress_and_lines_are_there_while_the_job_still_runs() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (told, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let job = Telling { told: Arc::clone(&told), go_on: Arc::clone(&go_on) };
    let worker = worker(store, Jobs::default().with(job)).await?;
    let run = run_of(store, one_task("crawl", Tell)).await?;

    signalled(&told).await?;
    let running = task(store, run, "crawl").await?;
    assert_eq!(running.state, "running");
    assert_eq!((running.progress_done, running.progress_total), (Some(7), Some(20)));
    // Lines are written behind the job's back, and soon.
    let log = reached(async || {
        let log = store.run_log(run, 10).await?;
        Ok((log.len() == 2).then_some(log))
    })
    .await?;
    let said: Vec<_> = log.iter().map(|line| (line.level.as_str(), line.message.as_str())).collect();
    assert_eq!(said, [("info", "7 communes read"), ("warn", "1 record rejected")]);

    go_on.notify_one();
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let output = task(store, run, "crawl").await?.output;
    assert_eq!(output, Some(run.0.into()), "a job knows its run");
    worker.stop().await;
    Ok(())
}

/// Tells how far it is, and waits to be told to go on.
struct Telling {
    told: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[derive(Serialize, Deserialize)]
struct Tell;

impl JobInput for Tell {
    const JOB: &'static str = "tell";
    type Output = i64;
}

impl Job for Telling {
    type Input = Tell;

    async fn run(&self, context: &TaskContext, _input: Tell) -> Result<i64, JobError> {
        context.info("7 communes read").await;
        context.warn("1 record rejected").await;
        context.progress(7, 20).await;
        self.told.notify_one();
        self.go_on.notified().await;
        Ok(context.run().0)
    }
}
