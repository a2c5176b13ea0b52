//! Workers that sign off, fall silent or come back late.

use std::time::Duration;

use mg_store::worker::NewWorker;
use mg_testkit::TestDatabase;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::session::{execute, session};
use crate::task::{claim, run_of, run_state, run_with_attempts, states};

const SILENCE: Duration = Duration::from_secs(15);
/// Whoever has not beaten within no time at all is lost: everyone.
const ALL_LOST: Duration = Duration::ZERO;

#[tokio::test]
async fn only_the_tasks_of_a_silent_worker_are_taken_back() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (silent, lively) = (store.register_worker("silent").await?, store.register_worker("lively").await?);
    let run = run_of(store, &[("a", &[]), ("b", &[])]).await?;
    claim(store, silent).await?;
    claim(store, lively).await?;
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '16 s'").await?;
    assert!(store.heartbeat(lively).await?);

    assert_eq!(store.reclaim_lost_tasks(SILENCE).await?, 1);
    assert_eq!(states(store, run).await?, ["a ready", "b running"]);
    assert!(!store.heartbeat(silent).await?, "a worker given up for lost must register anew");
    assert!(store.heartbeat(lively).await?);
    assert_eq!(store.reclaim_lost_tasks(SILENCE).await?, 0);
    let lines = store.run_log(run, 10).await?;
    assert!(
        lines.len() == 1 && lines[0].task == "a" && lines[0].message.contains("taken up anew"),
        "{lines:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_worker_that_comes_back_late_changes_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let late = store.register_worker("late").await?;
    let run = run_of(store, &[("a", &[]), ("b", &[0])]).await?;
    let lost = claim(store, late).await?;
    store.reclaim_lost_tasks(ALL_LOST).await?;
    assert!(!store.complete_task(&lost, &json!("late")).await?, "while it waits for another");

    let heir = store.register_worker("heir").await?;
    let taken = claim(store, heir).await?;
    assert_eq!((taken.id, taken.attempt), (lost.id, 2));
    assert!(!store.complete_task(&lost, &json!("late")).await?, "while another executes it");
    assert!(!store.fail_task(&lost, "late", "late").await?);
    store.task_progress(&lost, 9, 9).await?;
    assert_eq!(store.run_tasks(run).await?[0].progress_done, None);
    assert_eq!(states(store, run).await?, ["a running", "b blocked"]);

    assert!(store.complete_task(&taken, &json!("in time")).await?);
    assert!(!store.complete_task(&lost, &json!("late")).await?, "when another has ended it");
    assert_eq!(store.run_tasks(run).await?[0].output, Some(json!("in time")));
    Ok(())
}

#[tokio::test]
async fn a_worker_that_signs_off_hands_back_its_task_at_no_cost() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = run_with_attempts(store, &[("a", &[])], 2).await?;
    for attempt in 1..=4 {
        let worker = store.register_worker("w").await?;
        let task = claim(store, worker).await?;
        assert_eq!(task.attempt, attempt);
        store.retire_worker(worker).await?;
        assert_eq!(states(store, run).await?, ["a ready"]);
        assert!(!store.complete_task(&task, &json!(null)).await?, "handed back is handed back");
    }
    // Two attempts were allowed, and none is used up: one loss is borne, the second is not.
    for expected in ["a ready", "a failed"] {
        let worker = store.register_worker("w").await?;
        claim(store, worker).await?;
        store.reclaim_lost_tasks(ALL_LOST).await?;
        assert_eq!(states(store, run).await?, [expected]);
    }
    Ok(())
}

#[tokio::test]
async fn a_task_whose_workers_are_lost_too_often_fails_its_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = run_with_attempts(store, &[("a", &[]), ("b", &[0])], 2).await?;
    for expected in [["a ready", "b blocked"], ["a failed", "b skipped"]] {
        let worker = store.register_worker("w").await?;
        claim(store, worker).await?;
        assert_eq!(store.reclaim_lost_tasks(ALL_LOST).await?, 1);
        assert_eq!(states(store, run).await?, expected);
    }
    assert_eq!(run_state(store, run).await?, "failed");
    assert_eq!(store.run_tasks(run).await?[0].error_code.as_deref(), Some("worker_lost"));
    let lines = store.run_log(run, 10).await?;
    let said: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("taken up anew") && said[1].contains("no attempt is left"), "{said:?}");
    Ok(())
}

/// One task is given up while another of its run ends: whichever is second must see the first.
/// As when the answer to a claim is lost on its way: the books say that the worker executes the task.
#[tokio::test]
async fn a_worker_hands_back_what_it_does_not_know_of_and_nothing_else() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (mine, other) = (store.register_worker("mine").await?, store.register_worker("other").await?);
    let run = run_with_attempts(store, &[("a", &[]), ("b", &[]), ("c", &[])], 1).await?;
    let (a, _, _) = (claim(store, mine).await?, claim(store, mine).await?, claim(store, other).await?);
    let known = [(a.id, a.attempt)];
    assert_eq!(
        store.hand_back_forgotten(mine, &known, SILENCE).await?,
        0,
        "they are too young to be forgotten"
    );
    assert_eq!(store.hand_back_forgotten(mine, &known, Duration::ZERO).await?, 1);
    assert_eq!(states(store, run).await?, ["a running", "b ready", "c running"]);
    // It costs no attempt: nobody was lost.
    let b = claim(store, other).await?;
    assert!(store.complete_task(&b, &json!(null)).await?);
    Ok(())
}

#[tokio::test]
async fn a_run_ends_when_its_last_two_tasks_end_and_are_lost_at_the_same_time() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = run_with_attempts(store, &[("a", &[]), ("b", &[])], 1).await?;
    let lost = store.register_worker("lost").await?;
    claim(store, lost).await?;
    let lively = store.register_worker("lively").await?;
    let b = claim(store, lively).await?;
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '1 h' where name = 'lost'")
        .await?;

    // The end of b, as the store does it, held up before its commit.
    let end_of_b = format!(
        "begin;
         select from mg.run where id = {run} for update;
         update mg.task set state = 'succeeded', finished_at = now(), worker_id = null where id = {b};
         update mg.run set state = 'succeeded', finished_at = now()
         where id = {run} and not exists (select from mg.task where run_id = {run} and finished_at is null)",
        b = b.id
    );
    execute(&mut writer, &end_of_b).await?;
    assert_eq!(store.reclaim_lost_tasks(SILENCE).await?, 0, "the run is held, and nobody waits for it");
    execute(&mut writer, "commit").await?;

    assert_eq!(store.reclaim_lost_tasks(SILENCE).await?, 1);
    assert_eq!(states(store, run).await?, ["a failed", "b succeeded"]);
    assert_eq!(run_state(store, run).await?, "failed");
    Ok(())
}

#[tokio::test]
async fn each_worker_is_lost_after_the_silence_that_it_named_itself() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let of_lease = async |name: &str, seconds| {
        let silence = Duration::from_secs(seconds);
        store.register(&NewWorker { name: name.to_owned(), silence, ..NewWorker::default() }).await
    };
    let (hasty, patient) = (of_lease("hasty", 15).await?, of_lease("patient", 60).await?);
    let run = run_of(store, &[("a", &[]), ("b", &[])]).await?;
    claim(store, hasty).await?;
    claim(store, patient).await?;
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '14 s'").await?;
    assert_eq!(store.reclaim_expired_tasks().await?, 0);
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '40 s'").await?;
    assert_eq!(store.reclaim_expired_tasks().await?, 1);
    assert_eq!(states(store, run).await?, ["a ready", "b running"]);
    assert!(!store.heartbeat(hasty).await? && store.heartbeat(patient).await?);
    let leases: Vec<i64> = store.workers().await?.iter().map(|worker| worker.silence_ms).collect();
    assert_eq!(leases, [60_000]);
    Ok(())
}

/// As a process that stands still in the middle of a transaction: SIGSTOP, a host that hangs.
#[tokio::test]
async fn a_worker_that_stands_still_in_a_transaction_keeps_no_other_waiting() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (held, free) = (run_of(store, &[("a", &[])]).await?, run_of(store, &[("b", &[])]).await?);
    let still = store.register_worker("still").await?;
    let a = claim(store, still).await?;
    let b = claim(store, store.register_worker("gone").await?).await?;
    assert_eq!((a.run, b.run), (held, free));
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "update mg.worker set heartbeat_at = now() - interval '1 h'").await?;
    let half = format!(
        "begin;
         select from mg.run where id = {held} for update;
         update mg.task set state = 'succeeded', finished_at = now(), worker_id = null where id = {}",
        a.id
    );
    execute(&mut writer, &half).await?;

    let lively = store.register_worker("lively").await?;
    let reclaimed = timeout(Duration::from_secs(20), store.reclaim_lost_tasks(SILENCE)).await;
    assert_eq!(reclaimed.expect("it waits for nobody")?, 1);
    assert_eq!(states(store, free).await?, ["b ready"]);
    assert_eq!(states(store, held).await?, ["a running"]);
    assert!(store.heartbeat(lively).await?);

    // Postgres ends the session of whoever stands still for long.
    drop(writer);
    let taken = async {
        while store.reclaim_lost_tasks(SILENCE).await? == 0 {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(20), taken).await.expect("its session is over")?;
    assert_eq!(states(store, held).await?, ["a ready"]);
    assert!(!store.heartbeat(still).await?, "it must register anew");
    Ok(())
}

#[tokio::test]
async fn a_session_that_stands_still_in_a_transaction_is_ended_by_postgres() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let limits = database
        .store
        .texts("select setting || unit from pg_settings where name = 'idle_in_transaction_session_timeout'")
        .await?;
    assert_eq!(limits, ["10000ms"]);
    Ok(())
}
