//! What people do to runs: end a task by hand, do a part once more.

use mg_core::RunId;
use mg_flow::{Dag, Jobs, TriggerRule};
use mg_store::Store;
use mg_store::run::{Mark, Rerun, Touched};
use mg_testkit::TestDatabase;

use super::jobs::{AtDoor, Doubling, Wait, double, passing};
use crate::jobs::{Diary, Note, ended, note, run_of, task, worker};

/// A task that waits at a door, what follows it, and one that has nothing to do with it.
fn waiting() -> Dag {
    let mut dag = Dag::new("waiting", "Waits.");
    let wait = dag.task("wait", Wait {});
    dag.task("next", note("next")).after(&wait);
    dag.task("anyway", note("anyway")).after(&wait).rule(TriggerRule::AllDone);
    dag.task("beside", note("beside"));
    dag
}

async fn states(store: &Store, run: RunId) -> anyhow::Result<Vec<String>> {
    let tasks = store.run_tasks(run).await?;
    Ok(tasks.iter().map(|task| format!("{} {}", task.name, task.state)).collect())
}

fn touched(names: &[&str]) -> Touched {
    Touched::Tasks(names.iter().map(|name| (*name).to_owned()).collect())
}

#[tokio::test]
async fn a_task_that_is_ended_by_hand_stops_and_its_run_goes_on() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let ends = [
        (Mark::Cancelled, "cancelled", "skipped", "failed"),
        (Mark::Failed, "failed", "skipped", "failed"),
        (Mark::Succeeded, "succeeded", "succeeded", "succeeded"),
    ];
    for (mark, of_task, of_next, of_run) in ends {
        let door = AtDoor::shut();
        let worker = worker(store, Jobs::default().with(door.clone()).with(Note(Diary::default()))).await?;
        let run = run_of(store, waiting()).await?;
        door.noted("begun wait").await?;
        assert_eq!(store.mark_task(run, "wait", mark, "ada").await?, touched(&["wait"]));
        // Nobody opened the door: it stopped because it was told to, and what it reported is late.
        door.noted("stopped wait").await?;
        assert_eq!(ended(store, run).await?.state, of_run, "{mark:?}");
        let expected = [
            format!("wait {of_task}"),
            format!("next {of_next}"),
            "anyway succeeded".to_owned(),
            "beside succeeded".to_owned(),
        ];
        assert_eq!(states(store, run).await?, expected, "{mark:?}");
        worker.stop().await;
        assert_eq!(task(store, run, "wait").await?.state, of_task, "{mark:?}");
        let outcome = store.run_attempts(run).await?.into_iter().find(|attempt| attempt.task == "wait");
        assert_eq!(outcome.and_then(|attempt| attempt.outcome).as_deref(), Some("marked"));
        assert_eq!(store.mark_task(run, "wait", mark, "ada").await?, Touched::Nothing);
    }
    assert_eq!(store.mark_task(RunId(1), "nobody", Mark::Failed, "ada").await?, Touched::UnknownTask);
    assert_eq!(store.mark_task(RunId(999), "wait", Mark::Failed, "ada").await?, Touched::UnknownRun);
    Ok(())
}

#[tokio::test]
async fn a_failure_that_is_marked_as_success_lets_the_run_go_on() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let jobs = Jobs::default().with(Doubling::failing(1, vec![passing()])).with(Note(diary.clone()));
    let worker = worker(store, jobs).await?;
    let mut dag = Dag::new("half", "Half.");
    let load = dag.task("load", double(1));
    let check = dag.task("check", note("check")).after(&load);
    dag.task("publish", note("publish")).after(&check);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(states(store, run).await?, ["load failed", "check skipped", "publish skipped"]);
    store.mark_task(run, "load", Mark::Succeeded, "ada").await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(states(store, run).await?, ["load succeeded", "check succeeded", "publish succeeded"]);
    assert_eq!(diary.lines(), ["check", "publish"]);
    let told = store.run_log(run, 10).await?;
    assert!(told.iter().any(|line| line.message == "marked as succeeded by ada"), "{told:?}");
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_task_is_done_once_more_with_what_follows_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Note(diary.clone()))).await?;
    let mut dag = Dag::new("line", "A line and one beside.");
    let fetch = dag.task("fetch", note("fetch"));
    let load = dag.task("load", note("load")).after(&fetch);
    dag.task("measure", note("measure")).after(&load);
    dag.task("beside", note("beside")).after(&fetch);
    let run = run_of(store, dag).await?;
    ended(store, run).await?;
    let first = diary.lines().len();
    let asked: [(Rerun, &[&str]); 4] = [
        (Rerun::Task("load".to_owned()), &["load", "measure"]),
        (Rerun::Task("measure".to_owned()), &["measure"]),
        (Rerun::All, &["beside", "fetch", "load", "measure"]),
        (Rerun::Failed, &[]),
    ];
    let mut before = first;
    for (what, expected) in asked {
        let touched = store.rerun(run, &what, "ada").await?;
        assert_eq!(touched == Touched::Nothing, expected.is_empty(), "{what:?}");
        assert_eq!(ended(store, run).await?.state, "succeeded");
        let mut done = diary.lines().split_off(before);
        before += done.len();
        done.sort();
        assert_eq!(done, expected, "{what:?}");
    }
    assert_eq!(task(store, run, "measure").await?.attempt, 4);
    assert_eq!(store.rerun(run, &Rerun::Task("none".to_owned()), "ada").await?, Touched::UnknownTask);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_done_once_more_is_taken_from_the_worker_that_executes_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let door = AtDoor::shut();
    let worker = worker(store, Jobs::default().with(door.clone()).with(Note(Diary::default()))).await?;
    let run = run_of(store, waiting()).await?;
    door.noted("begun wait").await?;
    store.rerun(run, &Rerun::Task("wait".to_owned()), "ada").await?;
    door.noted("stopped wait").await?;
    door.open();
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let attempts = store.run_attempts(run).await?.into_iter().filter(|attempt| attempt.task == "wait");
    let outcomes: Vec<_> = attempts.filter_map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, ["cleared", "succeeded"]);
    worker.stop().await;
    Ok(())
}
