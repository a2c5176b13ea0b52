//! Jobs that fail, break off or cannot begin: each ends its own task and no other.

use mg_flow::{Dag, Jobs};
use mg_store::run::{NewRun, NewTask};
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::jobs::{Diary, Fail, FailInput, Note, ended, note, one_task, run_of, task, worker};

#[tokio::test]
async fn a_failed_job_leaves_its_code_and_message_and_skips_what_follows() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Note(diary.clone())).with(Fail)).await?;
    let error =
        FailInput::Error { code: "portal_down".to_owned(), message: "The portal answered 500.".to_owned() };
    let mut dag = Dag::new("half", "Half.");
    let sitadel = dag.task("sitadel", error);
    let dvf = dag.task("dvf", note("dvf"));
    dag.task("permits", note("permits")).after(&sitadel);
    dag.task("sales", note("sales")).after(&dvf);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");

    let failed = task(store, run, "sitadel").await?;
    assert_eq!((failed.state.as_str(), failed.attempt), ("failed", 1));
    assert_eq!(failed.error_code.as_deref(), Some("portal_down"));
    assert_eq!(failed.error.as_deref(), Some("The portal answered 500."));
    assert_eq!(failed.output, None);
    assert_eq!(task(store, run, "permits").await?.state, "skipped");
    assert_eq!(diary.lines(), ["dvf", "sales"]);
    let log = store.run_log(run, 10).await?;
    let said: Vec<_> =
        log.iter().map(|line| (line.task.as_str(), line.level.as_str(), line.message.as_str())).collect();
    assert_eq!(said, [("sitadel", "error", "The portal answered 500.")]);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_job_that_panics_fails_its_own_task_and_the_worker_goes_on() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Note(diary.clone())).with(Fail)).await?;
    let panic = FailInput::Panic("no such column".to_owned());
    let mut dag = Dag::new("half", "Half.");
    dag.task("a", panic);
    dag.task("b", note("b"));
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    let broken = task(store, run, "a").await?;
    assert_eq!(broken.error_code.as_deref(), Some("panicked"));
    assert!(broken.error.as_deref().is_some_and(|said| said.contains("no such column")), "{broken:?}");

    let next = run_of(store, one_task("c", note("c"))).await?;
    assert_eq!(ended(store, next).await?.state, "succeeded");
    assert_eq!(diary.lines(), ["b", "c"]);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_input_that_its_job_cannot_read_fails_the_task() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Note(diary.clone()))).await?;
    // As an older version of the platform may have left it in the queue.
    let old = NewTask::new("a", "note", json!({"title": "a"}));
    let run = store.create_run(&NewRun::new("old", "a test", "cli", vec![old])).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    let failed = task(store, run, "a").await?;
    assert_eq!((failed.error_code.as_deref(), failed.attempt), (Some("input_unreadable"), 1));
    assert!(failed.error.as_deref().is_some_and(|said| said.contains("name")), "{failed:?}");
    assert_eq!(diary.lines(), Vec::<String>::new());
    worker.stop().await;
    Ok(())
}
