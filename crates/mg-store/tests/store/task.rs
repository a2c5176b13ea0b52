//! Tasks: claimed in order, ended once, and what their end brings about.

use std::time::Duration;

use mg_core::RunId;
use mg_store::Store;
use mg_store::run::{NewRun, NewTask, Rerun};
use mg_store::task::{ClaimedTask, LogLevel};
use mg_store::worker::WorkerId;
use mg_testkit::TestDatabase;
use serde_json::json;
use tokio::time::timeout;

use crate::session::{execute, session};

#[tokio::test]
async fn the_task_that_was_ready_first_is_claimed_first() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let first = run_of(store, &[("a", &[]), ("b", &[])]).await?;
    let second = run_of(store, &[("c", &[])]).await?;
    for (run, name) in [(first, "a"), (first, "b"), (second, "c")] {
        let task = claim(store, worker).await?;
        assert_eq!((task.run, task.name.as_str(), task.attempt), (run, name, 1));
        assert_eq!(task.input, json!({"of": name}));
    }
    assert!(store.claim_task(worker, &["job".to_owned()]).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_worker_claims_only_jobs_that_it_knows() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    run_of(store, &[("a", &[])]).await?;
    assert!(store.claim_task(worker, &["other".to_owned()]).await?.is_none());
    assert!(store.claim_task(worker, &[]).await?.is_none());
    assert!(store.claim_task(worker, &["other".to_owned(), "job".to_owned()]).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_task_is_claimed_once_however_many_ask() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let tasks: Vec<(&str, &[usize])> = names.iter().map(|name| (name.as_str(), [].as_slice())).collect();
    run_of(store, &tasks).await?;
    let mut claiming = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = store.clone();
        claiming.spawn(async move {
            let worker = store.register_worker("w").await?;
            store.claim_task(worker, &["job".to_owned()]).await
        });
    }
    let mut claimed: Vec<i64> = Vec::new();
    for outcome in claiming.join_all().await {
        claimed.extend(outcome?.map(|task| task.id.0));
    }
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 20);
    Ok(())
}

#[tokio::test]
async fn a_task_is_ready_once_all_that_it_waits_for_have_succeeded() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let run = run_of(store, &[("a", &[]), ("b", &[]), ("c", &[0, 1])]).await?;
    assert_eq!(run_state(store, run).await?, "queued");
    let (a, b) = (claim(store, worker).await?, claim(store, worker).await?);
    assert_eq!(run_state(store, run).await?, "running");
    assert!(store.complete_task(&b, &json!(null)).await?);
    assert_eq!(states(store, run).await?, ["a running", "b succeeded", "c blocked"]);
    assert!(store.complete_task(&a, &json!({"rows": 3})).await?);
    assert_eq!(states(store, run).await?, ["a succeeded", "b succeeded", "c ready"]);
    assert_eq!(run_state(store, run).await?, "running");
    let c = claim(store, worker).await?;
    assert!(store.complete_task(&c, &json!(1)).await?);
    let ended = store.run(run).await?.expect("the run");
    assert_eq!(ended.state, "succeeded");
    assert!(ended.started_at.is_some() && ended.finished_at.is_some());
    assert_eq!(store.run_tasks(run).await?[0].output, Some(json!({"rows": 3})));
    assert!(store.has_succeeded("dag").await?);
    assert_eq!(store.unfinished_runs("dag").await?, []);
    Ok(())
}

#[tokio::test]
async fn a_failure_skips_what_depends_on_it_and_fails_the_run_when_all_has_ended() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    // c and d hang on a, d through c; e hangs on b alone.
    let run = run_of(store, &[("a", &[]), ("b", &[]), ("c", &[0, 1]), ("d", &[2]), ("e", &[1])]).await?;
    let (a, b) = (claim(store, worker).await?, claim(store, worker).await?);
    assert!(store.fail_task(&a, "portal_down", "the portal answered 500").await?);
    assert_eq!(states(store, run).await?, ["a failed", "b running", "c skipped", "d skipped", "e blocked"]);
    assert_eq!(run_state(store, run).await?, "running");
    assert!(store.complete_task(&b, &json!(null)).await?);
    let e = claim(store, worker).await?;
    assert_eq!((e.name.as_str(), run_state(store, run).await?.as_str()), ("e", "running"));
    assert!(store.complete_task(&e, &json!(null)).await?);
    assert_eq!(run_state(store, run).await?, "failed");
    let failed = &store.run_tasks(run).await?[0];
    assert_eq!(failed.error_code.as_deref(), Some("portal_down"));
    assert_eq!(failed.error.as_deref(), Some("the portal answered 500"));
    assert!(!store.has_succeeded("dag").await?);
    Ok(())
}

#[tokio::test]
async fn two_ends_at_the_same_time_ready_what_follows_and_end_the_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let done = json!(null);
    for _ in 0..15 {
        let run =
            run_of(store, &[("a", &[]), ("b", &[0]), ("c", &[0]), ("d", &[1, 2]), ("e", &[1, 2])]).await?;
        store.complete_task(&claim(store, worker).await?, &done).await?;
        for expected in ["bc", "de"] {
            let (one, other) = (claim(store, worker).await?, claim(store, worker).await?);
            assert_eq!(format!("{}{}", one.name, other.name), expected);
            let ends = tokio::join!(store.complete_task(&one, &done), store.complete_task(&other, &done));
            assert!(ends.0? && ends.1?);
        }
        assert_eq!(run_state(store, run).await?, "succeeded");
    }
    Ok(())
}

#[tokio::test]
async fn a_task_ends_once() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let run = run_of(store, &[("a", &[])]).await?;
    let task = claim(store, worker).await?;
    let (one, other) = (json!(1), json!(2));
    let ends = tokio::join!(store.complete_task(&task, &one), store.complete_task(&task, &other));
    assert!(ends.0? ^ ends.1?);
    assert!(!store.fail_task(&task, "late", "too late").await?);
    assert_eq!(states(store, run).await?, ["a succeeded"]);
    Ok(())
}

#[tokio::test]
async fn progress_and_log_lines_are_told_by_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let run = run_of(store, &[("a", &[])]).await?;
    let task = claim(store, worker).await?;
    store.task_progress(&task, 3, 20).await?;
    store.log_task(&task, LogLevel::Info, "three communes read").await?;
    store.log_task(&task, LogLevel::Warn, "one record rejected").await?;
    let told = &store.run_tasks(run).await?[0];
    assert_eq!((told.progress_done, told.progress_total), (Some(3), Some(20)));
    let lines = store.run_log(run, 10).await?;
    let said: Vec<_> =
        lines.iter().map(|line| (line.task.as_str(), line.level.as_str(), line.message.as_str())).collect();
    assert_eq!(said, [("a", "info", "three communes read"), ("a", "warn", "one record rejected")]);
    assert_eq!(store.run_log(run, 1).await?, lines[lines.len() - 1..]);
    Ok(())
}

/// Whoever marks or clears tasks of a run holds it first, then waits for its tasks.
#[tokio::test]
async fn the_first_task_of_a_run_is_begun_while_another_holds_the_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let run = run_of(store, &[("a", &[])]).await?;
    let mut holder = session(&database, "mg_writer").await?;
    execute(&mut holder, &format!("begin; select from mg.run where id = {run} for update")).await?;
    let a = timeout(Duration::from_secs(20), claim(store, worker)).await.expect("it waits for nobody")?;
    assert_eq!(run_state(store, run).await?, "queued", "its holder has not let go of it");
    execute(&mut holder, &format!("select from mg.task where id = {} for update; commit", a.id)).await?;
    assert!(store.complete_task(&a, &json!(null)).await?);
    let ended = store.run(run).await?.expect("it is there");
    assert!(ended.state == "succeeded" && ended.started_at.is_some(), "{ended:?}");
    Ok(())
}

#[tokio::test]
async fn a_deadline_counts_from_when_the_run_may_begin() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let tasks = vec![NewTask::new("a", "job", json!(null))];
    let deadline = Some(Duration::from_secs(3_600));
    let run = NewRun { waits: true, deadline, ..NewRun::new("dag", "a test", "cli", tasks) };
    let run = store.create_run(&run).await?;
    let due = async || {
        let due = "select coalesce((deadline_at - now() between interval '59 min' and interval '1 h')::text, 'none')
                   from mg.run";
        anyhow::Ok(store.texts(due).await?.remove(0))
    };
    assert_eq!(due().await?, "none");
    assert!(store.release_run(run).await?);
    assert_eq!(due().await?, "true");
    store.complete_task(&claim(store, worker).await?, &json!(null)).await?;
    database.execute(
        "mg_writer",
        "update mg.run set deadline_at = now() - interval '2 h', deadline_missed_at = now()",
    )?;
    store.rerun(run, &Rerun::All, "ada").await?;
    assert_eq!(due().await?, "true");
    assert_eq!(store.texts("select id::text from mg.run where deadline_missed_at is null").await?.len(), 1);
    Ok(())
}

/// A run of one job's tasks: names, and the places of those that each waits for.
pub(crate) async fn run_of(store: &Store, tasks: &[(&str, &[usize])]) -> anyhow::Result<RunId> {
    run_with_attempts(store, tasks, 3).await
}

pub(crate) async fn run_with_attempts(
    store: &Store,
    tasks: &[(&str, &[usize])],
    max_attempts: i32,
) -> anyhow::Result<RunId> {
    let tasks = tasks.iter().map(|(name, after)| {
        let task = NewTask::new(*name, "job", json!({"of": name})).after(after.iter().copied());
        NewTask { max_attempts, ..task }
    });
    Ok(store.create_run(&NewRun::new("dag", "a test", "cli", tasks.collect())).await?)
}

/// The task that is next; a test that asks knows that there is one.
pub(crate) async fn claim(store: &Store, worker: WorkerId) -> anyhow::Result<ClaimedTask> {
    let claimed = store.claim_task(worker, &["job".to_owned()]).await?;
    claimed.ok_or_else(|| anyhow::anyhow!("no task is ready"))
}

pub(crate) async fn run_state(store: &Store, run: RunId) -> anyhow::Result<String> {
    Ok(store.run(run).await?.expect("the run").state)
}

/// `name state` of each task.
pub(crate) async fn states(store: &Store, run: RunId) -> anyhow::Result<Vec<String>> {
    Ok(store.run_tasks(run).await?.iter().map(|task| format!("{} {}", task.name, task.state)).collect())
}
