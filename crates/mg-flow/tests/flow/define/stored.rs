//! DAGs in the books, over a real Postgres.

use std::time::Duration;

use mg_flow::{Backoff, Dag, Dags, Definition, Pool, Requester, all, cron, launch};
use mg_store::Store;
use mg_testkit::TestDatabase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::jobs::{FindEdition, Measure};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Asked {
    #[serde(default)]
    zone: String,
    /// So that keys come in another order than the alphabet's.
    #[serde(default)]
    edition: Option<String>,
}

fn dag(doc: &str) -> Dag {
    let mut dag = Dag::new("sitadel", doc)
        .schedule(cron("0 6 3 * *").in_zone("Europe/Paris"))
        .when_changed(all(["analytics.fact_permis"]))
        .owner("ada")
        .tags(["permis", "é"]);
    let asked = dag.parameters::<Asked>();
    let edition = dag
        .task("edition", FindEdition { spider: asked.field("zone") })
        .backoff(Backoff { first_ms: 10, factor: 1.0, longest_ms: 10, jitter: false })
        .pool("portail")
        .writes(["analytics.fact_permis"])
        .timeout(Duration::from_secs(3));
    dag.task("next", Measure {}).after(&edition);
    dag
}

fn dags(doc: &str, slots: u32) -> Dags {
    Dags::new([dag(doc)], [Pool::new("portail", slots)]).expect("nothing is wrong with them")
}

#[tokio::test]
async fn a_dag_comes_back_from_the_books_as_it_was_and_every_version_is_kept() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (old, new) = (dags("Old.", 2), dags("New.", 2));
    old.register(store).await?;
    old.register(store).await?;
    let first = store.dag("sitadel").await?.expect("it was registered");
    let read: Definition = serde_json::from_value(first.definition)?;
    assert_eq!(Some(&read), old.get("sitadel"));
    assert_eq!((read.hash(), first.hash.as_str()), (first.hash.clone(), first.hash.as_str()));
    assert_eq!(first.first_seen_at, first.changed_at);

    new.register(store).await?;
    let second = store.dag("sitadel").await?.expect("it was registered");
    assert_ne!(second.hash, first.hash);
    assert!(second.changed_at > first.changed_at && second.first_seen_at == first.first_seen_at);
    for (dags, hash) in [(&old, &first.hash), (&new, &second.hash)] {
        let kept = store.dag_version("sitadel", hash).await?.expect("every version is kept");
        assert_eq!(Some(&serde_json::from_value::<Definition>(kept)?), dags.get("sitadel"));
    }
    assert_eq!(store.dag_version("sitadel", "0").await?, None);
    assert_eq!(store.dags().await?, [second]);
    Ok(())
}

#[tokio::test]
async fn many_processes_register_at_a_time() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let both = [dags("Old.", 2), dags("New.", 2)];
    let registering = (0..16).map(|number| both[number % 2].register(&database.store));
    futures::future::try_join_all(registering).await?;
    for dags in &both {
        let hash = dags.get("sitadel").expect("it is there").hash();
        assert!(database.store.dag_version("sitadel", &hash).await?.is_some());
    }
    Ok(())
}

/// Each pool: its slots, those of its code, and who set them.
async fn pools(store: &Store) -> anyhow::Result<Vec<(String, i32, Option<i32>, Option<String>)>> {
    let pools = store.task_pools().await?.into_iter();
    Ok(pools.map(|pool| (pool.name, pool.slots, pool.code_slots, pool.set_by)).collect())
}

#[tokio::test]
async fn a_paused_dag_stays_paused_and_a_pool_keeps_the_slots_that_somebody_set() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    assert!(!store.pause_dag("sitadel", "ada").await?, "nobody has registered it");
    dags("Old.", 2).register(store).await?;
    assert!(store.pause_dag("sitadel", "ada").await?);
    assert!(!store.pause_dag("sitadel", "bob").await?, "it is paused already");
    // What the code says from now on holds as long as nobody says otherwise.
    dags("Old.", 5).register(store).await?;
    assert_eq!(pools(store).await?, [("portail".to_owned(), 5, Some(5), None)]);
    assert!(store.set_pool("portail", 7, "ada").await?.is_some());
    assert!(store.set_pool("portal", 7, "ada").await?.is_none());
    dags("New.", 3).register(store).await?;
    let paused = store.dag("sitadel").await?.expect("it was registered");
    assert_eq!((paused.paused_by.as_deref(), paused.paused_at.is_some()), (Some("ada"), true));
    assert_eq!(pools(store).await?, [("portail".to_owned(), 7, Some(3), Some("ada".to_owned()))]);
    assert!(store.reset_pool("portal").await?.is_none());
    assert_eq!(store.reset_pool("portail").await?.map(|pool| (pool.slots, pool.set_by)), Some((3, None)));
    dags("New.", 4).register(store).await?;
    assert_eq!(pools(store).await?, [("portail".to_owned(), 4, Some(4), None)]);

    assert!(store.resume_dag("sitadel").await?);
    assert!(!store.resume_dag("sitadel").await?);
    assert_eq!(store.dag("sitadel").await?.and_then(|dag| dag.paused_by), None);
    Ok(())
}

#[tokio::test]
async fn a_launched_run_keeps_its_definition_and_leaves_what_the_dag_is_now() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let (old, new) = (dag("Old.").checked()?, dags("New.", 2));
    new.register(store).await?;
    let now = store.dag("sitadel").await?;
    // As a process of an older binary does that works beside a new one.
    let requester = Requester { principal: "a test", face: "cli" };
    let run = launch(store, &old, json!({"zone": "77243"}), requester).await?;
    let kept = store.texts("select definition_hash from mg.run").await?;
    assert_eq!(kept, [old.hash()]);
    assert!(store.dag_version("sitadel", &kept[0]).await?.is_some());
    assert_eq!(store.dag("sitadel").await?, now);
    let parameters = store.run(run).await?.expect("it was made").parameters;
    assert_eq!(parameters, json!({"zone": "77243", "edition": null}));

    assert!(launch(store, &old, json!({"zone": 7}), requester).await.is_err());
    assert_eq!(store.texts("select count(*)::text from mg.run").await?, ["1"]);
    Ok(())
}
