//! When a task begins, by how those ended that it waits for.

use mg_flow::{Dag, Jobs, TriggerRule};
use mg_testkit::TestDatabase;

use super::branches::{Choose, ChooseInput, Way};
use super::jobs::{AtDoor, Wait};
use crate::jobs::{Diary, Fail, FailInput, Note, ended, note, reached, run_of, task, worker};

const RULES: [TriggerRule; 5] = [
    TriggerRule::AllSucceeded,
    TriggerRule::AllDone,
    TriggerRule::OneFailed,
    TriggerRule::OneSucceeded,
    TriggerRule::NoneFailed,
];

/// How a task ends that others wait for.
#[derive(Debug, Clone, Copy)]
enum End {
    Well,
    Badly,
    PassedOver,
}

/// What becomes of the task of each rule: `done`, or why it is skipped.
type Fates = [&'static str; 5];

const TABLE: [([End; 2], Fates); 6] = [
    ([End::Well, End::Well], ["done", "done", "rule", "done", "done"]),
    ([End::Well, End::Badly], ["upstream_failed", "done", "done", "done", "upstream_failed"]),
    ([End::Badly, End::Badly], ["upstream_failed", "done", "done", "upstream_failed", "upstream_failed"]),
    ([End::Well, End::PassedOver], ["not_chosen", "done", "rule", "done", "done"]),
    ([End::PassedOver, End::PassedOver], ["not_chosen", "done", "rule", "not_chosen", "done"]),
    (
        [End::Badly, End::PassedOver],
        ["upstream_failed", "done", "done", "upstream_failed", "upstream_failed"],
    ),
];

fn failing() -> FailInput {
    FailInput::Error { code: "portal_down".to_owned(), message: "The portal answered 500.".to_owned() }
}

/// Two tasks that end so, and one of each rule that waits for both.
fn ruled(ends: [End; 2]) -> Dag {
    let mut dag = Dag::new("ruled", "Tries the rules.");
    let way = dag.branch("way", ChooseInput { ways: vec![Way::North] });
    let mut followers: Vec<_> = RULES.map(|rule| dag.task(rule.as_str(), note("x")).rule(rule)).into();
    for (name, end) in ["one", "other"].into_iter().zip(ends) {
        match end {
            End::Badly => {
                let before = dag.task(name, failing()).after(&way);
                followers = followers.into_iter().map(|follower| follower.after(&before)).collect();
            }
            End::Well | End::PassedOver => {
                let branch = if matches!(end, End::Well) { "north" } else { "south" };
                let before = dag.task(name, note(name)).on(&way, branch);
                followers = followers.into_iter().map(|follower| follower.after(&before)).collect();
            }
        }
    }
    dag
}

#[tokio::test]
async fn each_rule_decides_by_how_those_ended() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let jobs = Jobs::default().with(Choose).with(Fail).with(Note(Diary::default()));
    let worker = worker(store, jobs).await?;
    for (ends, fates) in TABLE {
        let run = run_of(store, ruled(ends)).await?;
        let state = ended(store, run).await?.state;
        let fails = ends.iter().any(|end| matches!(end, End::Badly));
        assert_eq!(state, if fails { "failed" } else { "succeeded" }, "{ends:?}");
        for (rule, fate) in RULES.into_iter().zip(fates) {
            let task = task(store, run, rule.as_str()).await?;
            let became = task.skipped_because.unwrap_or_else(|| "done".to_owned());
            assert_eq!(became, fate, "{rule:?} after {ends:?}");
            assert_eq!(task.attempt, i32::from(fate == "done"), "{rule:?} after {ends:?}");
        }
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn one_that_failed_or_succeeded_is_enough_while_the_other_is_at_work() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let door = AtDoor::shut();
    let jobs = Jobs::default().with(Fail).with(Note(Diary::default())).with(door.clone());
    let worker = worker(store, jobs).await?;
    let mut dag = Dag::new("early", "Begins early.");
    let slow = dag.task("slow", Wait {});
    let good = dag.task("good", note("good"));
    let bad = dag.task("bad", failing());
    dag.task("alarm", note("alarm")).after(&slow).after(&bad).rule(TriggerRule::OneFailed);
    dag.task("first", note("first")).after(&slow).after(&good).rule(TriggerRule::OneSucceeded);
    dag.task("last", note("last")).after(&slow).after(&good).rule(TriggerRule::AllDone);
    let run = run_of(store, dag).await?;
    for early in ["alarm", "first"] {
        reached(async || Ok((task(store, run, early).await?.state == "succeeded").then_some(()))).await?;
    }
    assert_eq!(task(store, run, "slow").await?.state, "running");
    assert_eq!(task(store, run, "last").await?.state, "blocked");
    door.open();
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(task(store, run, "last").await?.state, "succeeded");
    worker.stop().await;
    Ok(())
}
