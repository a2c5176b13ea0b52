//! Editions: figures are revised and withdrawn, and what was said before is kept.

use mg_store::load::Loaded;
use mg_store::reject::Reject;
use mg_testkit::TestDatabase;

use crate::sales::{Sale, load, load_from, sale, slice, source, stored};

#[tokio::test]
async fn a_revised_record_replaces_the_row_and_keeps_what_it_said() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    load(store, "2026-04", &[sale("a", 100.0), sale("b", 200.0)]).await?;
    let loaded = load(store, "2026-10", &[sale("a", 111.0), sale("b", 200.0)]).await?;
    assert_eq!(loaded, Loaded { read: 2, revised: 1, ..Loaded::default() });
    assert_eq!(stored(store).await?, ["a 111 2026-10", "b 200 2026-04"]);
    let revision = "select concat_ws(' ', table_name, cle, millesime, remplace_par, retiree,
                                     valeurs ->> 'prix_eur', valeurs ->> 'nature', valeurs ? 'source')
                    from analytics.revision";
    assert_eq!(store.texts(revision).await?, ["fact_mutation a/77111 2026-04 2026-10 f 100 Vente f"]);
    Ok(())
}

#[tokio::test]
async fn a_value_that_comes_or_goes_is_a_revision_too() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let priceless = Sale { price: None, ..sale("a", 0.0) };
    load(store, "2026-04", std::slice::from_ref(&priceless)).await?;
    assert_eq!(load(store, "2026-05", &[sale("a", 1.0)]).await?.revised, 1);
    assert_eq!(load(store, "2026-06", &[priceless]).await?.revised, 1);
    assert_eq!(stored(store).await?, ["a 2026-06"]);
    let former =
        "select concat_ws(' ', millesime, valeurs ->> 'prix_eur') from analytics.revision order by id";
    assert_eq!(store.texts(former).await?, ["2026-04", "2026-05 1"]);
    Ok(())
}

#[tokio::test]
async fn an_older_edition_adds_what_is_missing_and_overwrites_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    load(store, "2026-10", &[sale("a", 111.0), sale("b", 200.0)]).await?;
    let loaded = load(store, "2026-04", &[sale("a", 100.0), sale("c", 300.0)]).await?;
    assert_eq!(loaded, Loaded { read: 2, inserted: 1, ..Loaded::default() });
    assert_eq!(stored(store).await?, ["a 111 2026-10", "b 200 2026-10", "c 300 2026-04"]);
    assert_eq!(store.texts("select cle from analytics.revision").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn an_older_edition_says_nothing_of_a_slice_that_a_newer_one_filled() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let of_2025 = slice("77111", 2025);
    let (old, new, between) =
        (source("2026-04", &of_2025), source("2026-10", &of_2025), source("2026-07", &of_2025));
    load_from(store, old, &[sale("a", 1.0), sale("b", 2.0), sale("c", 3.0)], &[]).await?;
    load_from(store, new, &[sale("a", 1.0), sale("b", 20.0)], &[]).await?;
    let after_the_newest = ["a 1 2026-04", "b 20 2026-10"];
    assert_eq!(stored(store).await?, after_the_newest);

    let loaded = load_from(store, between, &[sale("a", 9.0), sale("c", 3.0), sale("d", 4.0)], &[]).await?;
    assert_eq!(loaded, Loaded { read: 3, ..Loaded::default() });
    assert_eq!(stored(store).await?, after_the_newest);
    let former = "select concat_ws(' ', cle, remplace_par) from analytics.revision order by id";
    assert_eq!(store.texts(former).await?, ["b/77111 2026-10", "c/77111 2026-10"]);
    Ok(())
}

#[tokio::test]
async fn what_a_newer_edition_withdrew_an_older_one_does_not_bring_back() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let of_2025 = slice("77111", 2025);
    load_from(store, source("2026-04", &of_2025), &[sale("a", 1.0)], &[]).await?;
    let emptied = load_from(store, source("2026-10", &of_2025), &[], &[]).await?;
    assert_eq!(emptied.withdrawn, 1);
    let loaded = load_from(store, source("2026-07", &of_2025), &[sale("a", 1.0)], &[]).await?;
    assert_eq!((loaded.inserted, stored(store).await?), (0, Vec::new()));
    let loaded = load_from(store, source("2026-11", &of_2025), &[sale("a", 1.0)], &[]).await?;
    assert_eq!((loaded.inserted, stored(store).await?), (1, vec!["a 1 2026-11".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn a_row_that_its_source_no_longer_has_is_withdrawn_from_its_slice_alone() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let elsewhere = Sale { commune: "77132".to_owned(), ..sale("c", 3.0) };
    let earlier = Sale { year: 2024, ..sale("d", 4.0) };
    load(store, "2026-04", &[sale("a", 1.0), sale("b", 2.0), elsewhere, earlier]).await?;

    let of_2025 = slice("77111", 2025);
    let loaded = load_from(store, source("2026-10", &of_2025), &[sale("a", 1.0)], &[]).await?;
    assert_eq!(loaded, Loaded { read: 1, withdrawn: 1, ..Loaded::default() });
    assert_eq!(stored(store).await?, ["a 1 2026-04", "c 3 2026-04", "d 4 2026-04"]);
    let revision = "select concat_ws(' ', cle, millesime, remplace_par, retiree, valeurs ->> 'prix_eur')
                    from analytics.revision";
    assert_eq!(store.texts(revision).await?, ["b/77111 2026-04 2026-10 t 2"]);
    Ok(())
}

#[tokio::test]
async fn with_rejects_a_row_of_the_same_edition_stays_for_it_may_be_the_rejected_one() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let of_2025 = slice("77111", 2025);
    let reject = || Reject { line: 3, column: None, reason: "no date".to_owned(), content: "b,,".to_owned() };
    load(store, "2026-10", &[sale("a", 1.0), sale("b", 2.0)]).await?;
    let same = load_from(store, source("2026-10", &of_2025), &[sale("a", 9.0)], &[reject()]).await?;
    assert_eq!(same, Loaded { read: 1, revised: 1, rejected: 1, ..Loaded::default() });
    assert_eq!(stored(store).await?, ["a 9 2026-10", "b 2 2026-10"]);

    // A later edition may have numbered anew: what it does not name is gone.
    let later = load_from(store, source("2026-11", &of_2025), &[sale("a", 9.0)], &[reject()]).await?;
    assert_eq!(later, Loaded { read: 1, withdrawn: 1, rejected: 1, ..Loaded::default() });
    assert_eq!(stored(store).await?, ["a 9 2026-10"]);
    Ok(())
}

#[tokio::test]
async fn a_record_that_leaves_its_slice_is_revised_and_not_withdrawn() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    load(store, "2026-04", &[sale("a", 1.0)]).await?;
    let of_2025 = slice("77111", 2025);
    let moved = Sale { year: 2024, ..sale("a", 1.0) };
    let loaded = load_from(store, source("2026-10", &of_2025), &[moved], &[]).await?;
    assert_eq!(loaded, Loaded { read: 1, revised: 1, ..Loaded::default() });
    assert_eq!(store.texts("select annee::text from analytics.fact_mutation").await?, ["2024"]);
    Ok(())
}

#[tokio::test]
async fn the_newest_edition_is_told_whatever_was_loaded_last() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    assert_eq!(store.latest_edition("sitadel").await?, None);
    store.record_edition("sitadel", "2026-10", 5).await?;
    store.record_edition("sitadel", "2026-09", 4).await?;
    store.record_edition("sitadel", "2026-10", 6).await?;
    store.record_edition("dvf", "2026-11", 1).await?;
    assert_eq!(store.latest_edition("sitadel").await?.expect("one was loaded").name, "2026-10");
    let kept = "select concat_ws(' ', jeu, millesime, enregistrements) from analytics.edition order by 1";
    assert_eq!(store.texts(kept).await?, ["dvf 2026-11 1", "sitadel 2026-09 4", "sitadel 2026-10 6"]);
    Ok(())
}

#[tokio::test]
async fn a_row_that_a_newer_edition_found_right_is_not_revised_by_one_between() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    load(store, "2026-04", &[sale("a", 100.0)]).await?;
    load(store, "2026-10", &[sale("a", 100.0)]).await?;
    store.record_edition(source("2026-10", &[]).spider, "2026-10", 1).await?;
    load(store, "2026-07", &[sale("a", 70.0)]).await?;
    assert_eq!(stored(store).await?, ["a 100 2026-04"]);
    Ok(())
}
