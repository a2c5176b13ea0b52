//! Rejects: kept with line, column and reason, until the source is loaded again.

use mg_core::RunId;
use mg_store::Store;
use mg_store::load::Source;
use mg_store::reject::Reject;
use mg_store::run::NewRun;
use mg_testkit::TestDatabase;

use crate::sales::{load_from, sale, source};

#[tokio::test]
async fn a_runs_rejects_are_kept_in_the_order_of_their_lines() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let run = some_run(store).await?;
    let rejects = [reject(12, "l'été\t\\N"), reject(3, "no date")];
    let from = Source { run: Some(run), ..source("2026-04", &[]) };
    let loaded = load_from(store, from, &[sale("a", 1.0)], &rejects).await?;
    assert_eq!((loaded.inserted, loaded.rejected), (1, 2));
    let [first, second] = rejects;
    assert_eq!(store.rejects(run, 10).await?, [second.clone(), first]);
    assert_eq!(store.rejects(run, 1).await?, [second]);
    Ok(())
}

#[tokio::test]
async fn the_next_load_of_a_source_replaces_its_rejects_and_no_others() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (first, second) = (some_run(store).await?, some_run(store).await?);
    let other =
        Source { url: "https://portal.example/77132.csv", run: Some(first), ..source("2026-04", &[]) };
    let again = Source { run: Some(second), ..source("2026-05", &[]) };
    load_from(store, Source { run: Some(first), ..source("2026-04", &[]) }, &[], &[reject(3, "no date")])
        .await?;
    load_from(store, other, &[], &[reject(4, "no price")]).await?;

    load_from(store, again, &[], &[reject(5, "no commune")]).await?;
    assert_eq!(store.rejects(first, 10).await?, [reject(4, "no price")]);
    assert_eq!(store.rejects(second, 10).await?, [reject(5, "no commune")]);
    load_from(store, again, &[sale("a", 1.0)], &[]).await?;
    assert_eq!(store.rejects(second, 10).await?, []);
    Ok(())
}

#[tokio::test]
async fn only_the_first_of_many_rejects_are_kept_but_all_are_counted() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let run = some_run(&database.store).await?;
    let from = Source { run: Some(run), ..source("2026-04", &[]) };
    let load = database.store.begin_load(&crate::sales::SALES, from).await?;
    let loaded = load.finish(&[reject(1, "no date")], 5_000).await?;
    assert_eq!(loaded.rejected, 5_000);
    assert_eq!(database.store.rejects(run, 10).await?.len(), 1);
    Ok(())
}

fn reject(line: i64, reason: &str) -> Reject {
    Reject {
        line,
        column: Some("date_mutation".to_owned()),
        reason: reason.to_owned(),
        content: "x;y".to_owned(),
    }
}

async fn some_run(store: &Store) -> anyhow::Result<RunId> {
    Ok(store.create_run(&NewRun::new("crawl", "a test", "cli", Vec::new())).await?)
}
