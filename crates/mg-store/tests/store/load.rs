//! Loading records: again and again, odd ones, broken off, side by side.

use std::borrow::Cow;

use mg_core::{Column, ColumnType, Commune, Identifier, Record, Table, Territory, Value};
use mg_store::StoreError;
use mg_store::load::{Loaded, Source};
use mg_testkit::TestDatabase;

use crate::sales::{SALES, Sale, load, load_from, records, sale, source, stored};

#[tokio::test]
async fn new_records_become_rows_and_loading_them_again_changes_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let sales = [sale("a", 100.0), sale("b", 200.0), Sale { price: None, ..sale("c", 0.0) }];
    let first = load(store, "2026-04", &sales).await?;
    assert_eq!(first, Loaded { read: 3, inserted: 3, ..Loaded::default() });
    let versions =
        "select xmin::text || ' ' || to_jsonb(f)::text from analytics.fact_mutation f order by id_mutation";
    let written = store.texts(versions).await?;

    let second = load(store, "2026-04", &sales).await?;
    assert_eq!(second, Loaded { read: 3, ..Loaded::default() });
    assert_eq!(store.texts(versions).await?, written, "an unchanged row was written again");
    assert_eq!(store.texts("select cle from analytics.revision").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn the_last_record_of_a_key_in_one_load_counts() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sales = [sale("a", 1.0), sale("b", 5.0), sale("a", 2.0), sale("a", 3.0)];
    let loaded = load(&database.store, "2026-04", &sales).await?;
    assert_eq!(loaded, Loaded { read: 4, inserted: 2, ..Loaded::default() });
    assert_eq!(stored(&database.store).await?, ["a 3 2026-04", "b 5 2026-04"]);
    Ok(())
}

#[tokio::test]
async fn odd_text_arrives_as_it_was() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let odd =
        ["a\tb\r\nc\\d", "\\N", "\\.", "", "' \" ` $1 {} ;--", " é 🏠\u{2028} ", "n\\tx", "\u{1}\u{7f}"];
    let sales: Vec<Sale> = odd
        .iter()
        .enumerate()
        .map(|(i, nature)| Sale {
            id: format!("{i} {nature}"),
            nature: (*nature).to_owned(),
            ..sale("", 1.0)
        })
        .collect();
    load(&database.store, "2026-04", &sales).await?;
    let natures =
        database.store.texts("select nature from analytics.fact_mutation order by id_mutation collate \"C\"");
    assert_eq!(natures.await?, odd);
    let again = load(&database.store, "2026-04", &sales).await?;
    assert_eq!((again.inserted, again.revised), (0, 0), "a key did not find its row again");
    Ok(())
}

#[tokio::test]
async fn a_nul_which_postgres_cannot_hold_is_left_out() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    load(&database.store, "2026-04", &[Sale { nature: "Ve\0nte".to_owned(), ..sale("a", 1.0) }]).await?;
    assert_eq!(database.store.texts("select nature from analytics.fact_mutation").await?, ["Vente"]);
    Ok(())
}

#[tokio::test]
async fn a_commune_that_a_source_names_becomes_known_and_gets_its_name_later() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    load(&database.store, "2026-04", &[sale("a", 1.0)]).await?;
    let communes = "select concat_ws(' ', code_commune, nom, membre) from analytics.dim_commune";
    assert_eq!(database.store.texts(communes).await?, ["77111 77111 f"]);

    let chessy = Commune { code: "77111".to_owned(), nom: "Chessy".to_owned(), population: 7_000 };
    let territory =
        Territory { nom: "Essai".to_owned(), siren: "247700594".to_owned(), communes: vec![chessy] };
    database.store.set_territory(&territory).await?;
    load(&database.store, "2026-04", &[sale("b", 1.0)]).await?;
    assert_eq!(database.store.texts(communes).await?, ["77111 Chessy t"]);
    Ok(())
}

#[tokio::test]
async fn a_dropped_load_leaves_nothing_and_holds_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    // Long enough that a part of it had gone to the server.
    let long = Sale { nature: "x".repeat(5 << 20), ..sale("a", 1.0) };
    let mut dropped = store.begin_load(&SALES, source("2026-04", &[])).await?;
    dropped.push(&records(&[long, sale("b", 1.0)])).await?;
    drop(dropped);
    assert_eq!(stored(store).await?, Vec::<String>::new());
    for number in 0..20 {
        load(store, "2026-04", &[sale("c", f64::from(number))]).await?;
    }
    assert_eq!(stored(store).await?, ["c 19 2026-04"]);
    Ok(())
}

#[tokio::test]
async fn a_load_of_several_pieces_arrives_whole() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sales: Vec<Sale> =
        (0..3_000).map(|i| Sale { nature: "é".repeat(1_500), ..sale(&i.to_string(), 1.0) }).collect();
    let mut load = database.store.begin_load(&SALES, source("2026-04", &[])).await?;
    for part in sales.chunks(700) {
        load.push(&records(part)).await?;
    }
    assert_eq!(load.finish(&[], 0).await?.inserted, 3_000);
    let lengths = "select distinct length(nature)::text from analytics.fact_mutation";
    assert_eq!(database.store.texts(lengths).await?, ["1500"]);
    Ok(())
}

#[tokio::test]
async fn a_record_of_the_wrong_width_is_a_fault_that_is_named() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut load = database.store.begin_load(&SALES, source("2026-04", &[])).await?;
    let short = Record { values: vec![Value::Null; 11] };
    let Err(StoreError::Mismatch { table, reason }) = load.push(&[sale("a", 1.0).record(), short]).await
    else {
        panic!("a record of the wrong width was taken");
    };
    assert_eq!((table.as_str(), reason.as_str()), ("fact_mutation", "a record has 11 values for 12 columns"));
    drop(load);
    assert_eq!(stored(&database.store).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_record_that_the_table_refuses_fails_the_whole_load() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut wrong_type = sale("b", 1.0).record();
    wrong_type.values[3] = "two thousand".into();
    let mut no_nature = sale("b", 1.0).record();
    no_nature.values[4] = Value::Null;
    let no_commune = Sale { commune: "Chessy".to_owned(), ..sale("b", 1.0) }.record();
    for wrong in [wrong_type, no_nature, no_commune] {
        let mut load = database.store.begin_load(&SALES, source("2026-04", &[])).await?;
        let refused = match load.push(&[sale("a", 1.0).record(), wrong]).await {
            Ok(()) => load.finish(&[], 0).await.map(drop),
            Err(error) => Err(error),
        };
        assert!(matches!(refused, Err(StoreError::Failed { .. })), "{refused:?}");
        assert_eq!(stored(&database.store).await?, Vec::<String>::new());
    }
    Ok(())
}

#[tokio::test]
async fn two_loads_of_one_table_at_the_same_time_both_arrive() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let many: Vec<Sale> = (0..400).map(|i| in_commune(i, 1.0)).collect();
    let few: Vec<Sale> = (0..40).rev().map(|i| in_commune(i * 10, 2.0)).collect();
    let mut one = store.begin_load(&SALES, source("2026-04", &[])).await?;
    let mut other = store.begin_load(&SALES, source("2026-04", &[])).await?;
    one.push(&records(&many)).await?;
    other.push(&records(&few)).await?;
    let (one, other) = tokio::join!(one.finish(&[], 0), other.finish(&[], 0));
    let (one, other) = (one?, other?);
    assert_eq!(one.inserted + other.inserted, 400, "{one:?} {other:?}");
    assert_eq!(one.revised + other.revised, 40, "{one:?} {other:?}");
    assert_eq!(store.texts("select count(*)::text from analytics.dim_commune").await?, ["400"]);
    Ok(())
}

#[tokio::test]
async fn a_load_waits_for_another_that_brought_the_same_new_commune() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let mut permits = store.begin_load(&PERMITS, source("2026-04", &[])).await?;
    let mut sales = store.begin_load(&SALES, source("2026-04", &[])).await?;
    sales.push(&records(&[sale("a", 1.0)])).await?;
    permits.push(&[permit("1")]).await?;
    let (permits, sales) = tokio::join!(permits.finish(&[], 0), sales.finish(&[], 0));
    assert_eq!((permits?.inserted, sales?.inserted), (1, 1));
    Ok(())
}

#[tokio::test]
async fn the_source_of_each_row_is_kept() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let from = Source { url: "https://portal.example/it's.csv", ..source("2026-04", &[]) };
    load_from(&database.store, from, &[sale("a", 1.0)], &[]).await?;
    let sources = database.store.texts("select source from analytics.fact_mutation").await?;
    assert_eq!(sources, ["https://portal.example/it's.csv"]);
    Ok(())
}

/// As much of `fact_permis` as a row needs.
static PERMITS: Table = Table {
    name: Identifier::fixed("fact_permis"),
    columns: Cow::Borrowed(&[
        Column::key("fichier", ColumnType::Text),
        Column::key("type_dau", ColumnType::Text),
        Column::key("num_dau", ColumnType::Text),
        Column::required("code_commune", ColumnType::Text),
        Column::required("etat", ColumnType::Text),
    ]),
};

fn permit(number: &str) -> Record {
    Record { values: ["logements", "PC", number, "77111", "autorise"].map(Value::from).to_vec() }
}

fn in_commune(number: u32, price: f64) -> Sale {
    Sale { commune: format!("{:05}", 10_000 + number), ..sale(&number.to_string(), price) }
}
