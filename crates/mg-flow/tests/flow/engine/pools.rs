//! Slots that tasks share over all workers, and who comes first.

use mg_flow::{Dag, Dags, Jobs, Pool, Worker, WorkerOptions};
use mg_testkit::TestDatabase;

use super::jobs::{Doubling, Meeting, double};
use crate::jobs::{Diary, Note, brisk, ended, note, run_of, task, worker};

#[tokio::test]
async fn a_pool_has_as_many_at_work_as_it_has_slots_over_all_workers() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.register_pool("portail", 2).await?;
    let meeting = Meeting::of(2);
    let one = worker(store, Jobs::default().with(meeting.clone())).await?;
    let other = worker(store, Jobs::default().with(meeting.clone())).await?;
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut dag = Dag::new("pooled", "Shares slots.");
        for number in 0..4 {
            dag.task(format!("t{number}"), double(number)).pool("portail");
        }
        runs.push(run_of(store, dag).await?);
    }
    for run in runs {
        // Nobody passes alone, so the runs end only if two are there at a time.
        assert_eq!(ended(store, run).await?.state, "succeeded");
    }
    assert_eq!(meeting.most(), 2);
    one.stop().await;
    other.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_pool_without_slots_holds_its_tasks_and_nobody_elses() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let mut dag = Dag::new("pooled", "Shares slots.");
    dag.task("held", double(1)).pool("portail").priority(9);
    dag.task("free", double(2));
    let dags = Dags::new([dag], [Pool::new("portail", 0)])?;
    dags.register(store).await?;
    let worker = worker(store, Jobs::default().with(Doubling::default())).await?;
    let definition = dags.get("pooled").expect("it is there");
    let requester = mg_flow::Requester { principal: "a test", face: "cli" };
    let run = mg_flow::launch(store, definition, serde_json::Value::Null, requester).await?;
    crate::jobs::reached(async || Ok((task(store, run, "free").await?.state == "succeeded").then_some(())))
        .await?;
    // The one of higher priority came first, and was passed over.
    assert_eq!(task(store, run, "held").await?.state, "ready");
    assert!(store.set_pool("portail", 1, "ada").await?.is_some());
    assert_eq!(ended(store, run).await?.state, "succeeded");
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_worker_serves_the_pools_that_it_is_given() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    for pool in ["portail", "modeles"] {
        store.register_pool(pool, 4).await?;
    }
    let (portal, rest) = (Doubling::default(), Doubling::default());
    let mut workers = Vec::new();
    for (doubling, pools) in [(&portal, ["portail"].as_slice()), (&rest, &["default", "modeles"])] {
        let pools = Some(pools.iter().map(|pool| (*pool).to_owned()).collect());
        let options = WorkerOptions { pools, ..brisk() };
        workers.push(Worker::start(store.clone(), Jobs::default().with(doubling.clone()), options).await?);
    }
    let mut dag = Dag::new("pooled", "Shares slots.");
    dag.task("fetched", double(1)).pool("portail");
    dag.task("learned", double(2)).pool("modeles");
    dag.task("plain", double(3));
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(portal.diary.lines(), ["fetched"]);
    let mut others = rest.diary.lines();
    others.sort();
    assert_eq!(others, ["learned", "plain"]);
    for worker in workers {
        worker.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn the_highest_priority_comes_first_then_who_is_ready_longest() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let mut runs = Vec::new();
    for (name, of_dag) in [("ordinary", 0), ("urgent", 5), ("later", 0)] {
        let mut dag = Dag::new(name, "Has a priority.").priority(of_dag);
        dag.task("low", note(&format!("{name} low"))).priority(-3);
        dag.task("plain", note(&format!("{name} plain")));
        dag.task("high", note(&format!("{name} high"))).priority(3);
        runs.push(run_of(store, dag).await?);
    }
    let diary = Diary::default();
    let options = WorkerOptions { slots: 1, ..brisk() };
    let worker = Worker::start(store.clone(), Jobs::default().with(Note(diary.clone())), options).await?;
    for run in runs {
        ended(store, run).await?;
    }
    let order = [
        "urgent high",
        "urgent plain",
        "ordinary high",
        "later high",
        "urgent low",
        "ordinary plain",
        "later plain",
        "ordinary low",
        "later low",
    ];
    assert_eq!(diary.lines(), order);
    worker.stop().await;
    Ok(())
}
