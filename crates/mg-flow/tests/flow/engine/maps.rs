//! Tasks that are done for each element of a list.

use std::time::Duration;

use mg_flow::{Backoff, Dag, Jobs};
use mg_store::run::{Mark, Rerun, Touched};
use mg_testkit::TestDatabase;
use serde_json::json;

use super::jobs::{Doubling, HighestFirst, List, ListInput, Meeting, Sum, SumInput, double, passing};
use crate::jobs::{ended, run_of, task, worker};

/// A list, each of its numbers doubled, and their sum.
fn doubled(numbers: impl IntoIterator<Item = u32>, width: Option<u32>) -> Dag {
    let mut dag = Dag::new("doubled", "Doubles numbers.");
    let list = dag.task("list", ListInput { numbers: numbers.into_iter().collect() });
    let mut doubles = dag.map("doubles", list.output(), double).retries(1).backoff(at_once());
    if let Some(width) = width {
        doubles = doubles.width(width);
    }
    dag.task("sum", SumInput { numbers: doubles.output() });
    dag
}

fn at_once() -> Backoff {
    Backoff { first_ms: 0, factor: 1.0, longest_ms: 0, jitter: false }
}

fn jobs() -> Jobs {
    Jobs::default().with(List).with(Sum)
}

#[tokio::test]
async fn outputs_are_in_the_order_of_the_list_whoever_ends_first() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, jobs().with(HighestFirst { store: store.clone(), highest: 4 })).await?;
    let run = run_of(store, doubled([1, 2, 3, 4], None)).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "doubles").await?.output, Some(json!([2, 4, 6, 8])));
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(20)));
    let third = task(store, run, "doubles[2]").await?;
    assert_eq!((third.parent.as_deref(), third.output), (Some("doubles"), Some(json!(6))));
    let order = "select name from mg.task where parent_id is not null order by finished_at";
    assert_eq!(store.texts(order).await?, ["doubles[3]", "doubles[2]", "doubles[1]", "doubles[0]"]);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn no_more_than_its_width_are_at_work_over_all_workers() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let meeting = Meeting::of(2);
    let one = worker(store, jobs().with(meeting.clone())).await?;
    let other = worker(store, jobs().with(meeting.clone())).await?;
    let run = run_of(store, doubled(1..=8, Some(2))).await?;
    // Nobody passes alone, so the run ends only if two are there at a time.
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(meeting.most(), 2);
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(72)));
    one.stop().await;
    other.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_empty_list_is_done_at_once_and_gives_an_empty_list() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, jobs().with(Doubling::default())).await?;
    let run = run_of(store, doubled([], Some(2))).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "doubles").await?.output, Some(json!([])));
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(0)));
    assert_eq!(store.run_tasks(run).await?.len(), 3);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_instance_that_failed_is_done_again_alone() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let doubling = Doubling::failing(2, vec![passing().lasting()]);
    let worker = worker(store, jobs().with(doubling.clone())).await?;
    let run = run_of(store, doubled([1, 2, 3], None)).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    let map = task(store, run, "doubles").await?;
    assert_eq!((map.state.as_str(), map.error.as_deref()), ("failed", Some("1 of 3 failed")));
    assert_eq!(task(store, run, "sum").await?.skipped_because.as_deref(), Some("upstream_failed"));
    assert_eq!(task(store, run, "doubles[0]").await?.state, "succeeded", "the others are kept");

    let touched = store.rerun(run, &Rerun::Failed, "ada").await?;
    assert_eq!(touched, Touched::Tasks(["doubles", "sum", "doubles[1]"].map(str::to_owned).into()));
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(12)));
    let mut done = doubling.diary.lines();
    done.sort();
    assert_eq!(done, ["doubles[0]", "doubles[1]", "doubles[1]", "doubles[2]"]);
    assert_eq!(task(store, run, "list").await?.attempt, 1);
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_instance_is_begun_anew_by_itself_when_it_fails() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let doubling = Doubling::failing(2, vec![passing()]);
    let worker = worker(store, jobs().with(doubling)).await?;
    let run = run_of(store, doubled([1, 2, 3], Some(1))).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let attempts: Vec<i32> = store
        .run_tasks(run)
        .await?
        .iter()
        .filter(|task| task.parent.is_some())
        .map(|task| task.attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 1]);
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(12)));
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_map_that_is_done_again_is_spread_over_what_the_list_is_then() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, jobs().with(Doubling::default())).await?;
    let run = run_of(store, doubled([1, 2, 3], None)).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    let shorter = "update mg.task set input = '{\"numbers\": [5]}' where name = 'list'";
    database.execute("mg_owner", shorter)?;
    store.rerun(run, &Rerun::All, "ada").await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "doubles").await?.output, Some(json!([10])));
    assert_eq!(task(store, run, "sum").await?.output, Some(json!(10)));
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_list_that_is_too_long_fails_its_map_and_is_not_tried_again() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, jobs().with(Doubling::default())).await?;
    let run = run_of(store, doubled(0..10_001, None)).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    let map = task(store, run, "doubles").await?;
    assert_eq!((map.error_code.as_deref(), map.attempt), (Some("list_too_long"), 1));
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn instances_that_are_at_work_stop_when_their_run_is_cancelled() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let door = super::jobs::AtDoor::shut();
    let worker = worker(store, jobs().with(door.clone())).await?;
    let mut dag = Dag::new("waiting", "Waits for each.");
    let list = dag.task("list", ListInput { numbers: vec![1, 2, 3] });
    dag.map("waits", list.output(), |_| super::jobs::Wait {}).width(2).timeout(Duration::from_mins(10));
    let run = run_of(store, dag).await?;
    door.noted("begun waits[0]").await?;
    door.noted("begun waits[1]").await?;
    store.cancel_run(run, "ada").await?;
    door.noted("stopped waits[0]").await?;
    door.noted("stopped waits[1]").await?;
    let states =
        "select name || ' ' || state from mg.task where kind = 'map' or parent_id is not null order by id";
    let cancelled = ["waits", "waits[0]", "waits[1]", "waits[2]"].map(|name| format!("{name} cancelled"));
    assert_eq!(store.texts(states).await?, cancelled);
    worker.stop().await;
    Ok(())
}

/// Each part may give a mebibyte; all together may not give what Postgres cannot hold in one value.
#[tokio::test]
async fn a_map_whose_parts_give_too_much_together_fails_and_says_so() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, jobs().with(Doubling::default())).await?;
    let run = run_of(store, doubled(0..3, None)).await?;
    ended(store, run).await?;
    worker.stop().await;
    let heavy = "update mg.task set output = to_jsonb(repeat('x', 30000000)) where parent_id is not null;
                 update mg.task set state = 'mapped', finished_at = null where name = 'doubles';
                 update mg.run set state = 'running', finished_at = null";
    database.execute("mg_writer", heavy)?;
    // Another of its tasks that is ended by hand has the run looked over.
    store.mark_task(run, "sum", Mark::Failed, "ada").await?;
    let doubles = task(store, run, "doubles").await?;
    assert_eq!((doubles.state.as_str(), doubles.error_code.as_deref()), ("failed", Some("output_too_large")));
    Ok(())
}
