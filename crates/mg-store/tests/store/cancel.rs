//! Runs that are ended before their time, and launches that are not doubled.

use mg_core::RunId;
use mg_store::run::{Cancelled, NewRun, NewTask};
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::task::{claim, run_of, run_state, states};

#[tokio::test]
async fn a_cancelled_run_ends_with_all_its_tasks_and_a_late_worker_changes_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let run = run_of(store, &[("a", &[]), ("b", &[]), ("c", &[]), ("d", &[0])]).await?;
    let (a, b) = (claim(store, worker).await?, claim(store, worker).await?);
    assert!(store.complete_task(&a, &json!(1)).await?);
    assert_eq!(store.lost_tasks(&[(b.id, b.attempt)]).await?, []);

    assert_eq!(store.cancel_run(run, "eve").await?, Cancelled::Now);
    let all = ["a succeeded", "b cancelled", "c cancelled", "d cancelled"];
    assert_eq!(states(store, run).await?, all);
    let ended = store.run(run).await?.expect("the run");
    assert_eq!((ended.state.as_str(), ended.cancelled_by.as_deref()), ("cancelled", Some("eve")));
    assert!(ended.finished_at.is_some());
    assert_eq!(store.lost_tasks(&[(b.id, b.attempt)]).await?, [(b.id, b.attempt)]);
    let lines = store.run_log(run, 10).await?;
    assert_eq!(lines.len(), 1, "only what was running has something to tell: {lines:?}");
    assert_eq!((lines[0].task.as_str(), lines[0].message.as_str()), ("b", "cancelled by eve"));

    assert!(!store.complete_task(&b, &json!("late")).await?);
    assert!(!store.fail_task(&b, "late", "late").await?);
    store.task_progress(&b, 9, 9).await?;
    store.retire_worker(worker).await?;
    assert!(store.claim_task(store.register_worker("heir").await?, &["job".to_owned()]).await?.is_none());
    assert_eq!(states(store, run).await?, all);
    assert_eq!(run_state(store, run).await?, "cancelled");
    Ok(())
}

#[tokio::test]
async fn cancelling_again_or_too_late_changes_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    let queued = run_of(store, &[("a", &[])]).await?;
    assert_eq!(store.cancel_run(queued, "eve").await?, Cancelled::Now);
    let first = store.run(queued).await?;
    assert_eq!(store.cancel_run(queued, "mallory").await?, Cancelled::EndedBefore);
    assert_eq!(store.run(queued).await?, first);

    let done = run_of(store, &[("a", &[])]).await?;
    store.complete_task(&claim(store, worker).await?, &json!(1)).await?;
    assert_eq!(store.cancel_run(done, "eve").await?, Cancelled::EndedBefore);
    assert_eq!(run_state(store, done).await?, "succeeded");
    assert_eq!(states(store, done).await?, ["a succeeded"]);
    assert_eq!(store.cancel_run(RunId(9_999), "eve").await?, Cancelled::Unknown);
    Ok(())
}

/// The claimer holds the task and asks for the run, the canceller the other way round.
#[tokio::test]
async fn claiming_and_ending_a_task_of_a_run_that_is_being_cancelled_locks_nobody_out() -> anyhow::Result<()>
{
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = store.register_worker("w").await?;
    for _ in 0..40 {
        let run = run_of(store, &[("a", &[]), ("b", &[]), ("c", &[0])]).await?;
        let a = claim(store, worker).await?;
        let jobs = ["job".to_owned()];
        let done = json!(null);
        let (claimed, ended, cancelled) = tokio::join!(
            store.claim_task(worker, &jobs),
            store.complete_task(&a, &done),
            store.cancel_run(run, "eve")
        );
        assert_eq!(cancelled?, Cancelled::Now);
        let a_state = if ended? { "a succeeded" } else { "a cancelled" };
        assert_eq!(states(store, run).await?, [a_state, "b cancelled", "c cancelled"]);
        if let Some(b) = claimed? {
            assert!(!store.complete_task(&b, &done).await?);
        }
        let fresh = run_of(store, &[("a", &[])]).await?;
        let (claimed, cancelled) =
            tokio::join!(store.claim_task(worker, &jobs), store.cancel_run(fresh, "eve"));
        assert_eq!(cancelled?, Cancelled::Now);
        assert_eq!(states(store, fresh).await?, ["a cancelled"]);
        assert!(claimed?.is_none_or(|task| task.run == fresh));
        assert_eq!(run_state(store, fresh).await?, "cancelled");
    }
    Ok(())
}

#[tokio::test]
async fn of_many_that_ask_for_the_same_at_a_time_all_get_one_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = NewRun::new("dag", "a test", "cli", vec![NewTask::new("a", "job", json!({}))]);
    let asked = futures::future::join_all((0..10).map(|_| store.create_run_once(&run, "same"))).await;
    let asked = asked.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert!(asked.iter().all(|one| one.id == asked[0].id), "{asked:?}");
    assert_eq!(asked.iter().filter(|one| !one.asked_before).count(), 1);
    assert!(!store.create_run_once(&run, "other").await?.asked_before);
    assert_ne!(store.create_run(&run).await?, asked[0].id, "without a key each is its own");

    store.cancel_run(asked[0].id, "eve").await?;
    let anew = store.create_run_once(&run, "same").await?;
    assert!(!anew.asked_before && anew.id != asked[0].id, "what has ended stands in nobody's way");
    Ok(())
}
