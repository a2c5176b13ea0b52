//! Sensitive columns: no way leads to their values, by Postgres' own word.

use mg_core::Scope;
use mg_gate::{Gate, Policy};
use mg_store::query::Limits;
use mg_store::{Store, StoreOptions};
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::session::{execute, refusal, session};

const LIMITS: Limits = Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 1_000, timeout_ms: 20_000 };
const SECRET: &str = "123-45-0002";

/// A database whose table `analytics.fact_person` has the sensitive column `ssn`.
async fn masked() -> anyhow::Result<(TestDatabase, Store)> {
    let database = TestDatabase::start().await?;
    let mut owner = session(&database, "mg_owner").await?;
    execute(
        &mut owner,
        &format!(
            "create table analytics.fact_person (id int primary key, code_commune text, ssn text, note text);
             comment on table analytics.fact_person is 'People.';
             comment on column analytics.fact_person.ssn is 'Number.';
             insert into analytics.fact_person values (1, '77001', '{SECRET}', 'a'), (2, '77002', '999-99-9999', 'b');
             insert into analytics.revision (table_name, cle, millesime, remplace_par, valeurs)
             select 'fact_person', id::text, '2026-09', '2026-10', to_jsonb(p) from analytics.fact_person p;
             create view analytics.people as select ssn from analytics.fact_person;
             analyze analytics.fact_person"
        ),
    )
    .await?;
    let options = StoreOptions { masked_columns: vec!["*.*.ssn".to_owned()], ..StoreOptions::default() };
    let store = Store::open_private(database.socket_dir(), "mg", &options).await?;
    Ok((database, store))
}

async fn ask(store: &Store, scope: &Scope, sql: &str) -> anyhow::Result<serde_json::Value> {
    let admitted = Gate::new(Policy::reading(["masked", "analytics", "kpi"])).admit(sql)?;
    Ok(json!(store.query(scope, &admitted, LIMITS).await?.rows))
}

#[tokio::test]
async fn a_bare_name_means_the_view_and_the_column_is_empty_there() -> anyhow::Result<()> {
    let (_database, store) = masked().await?;
    let rows = ask(&store, &Scope::All, "select * from fact_person order by id").await?;
    assert_eq!(rows, json!([[1, "77001", null, "a"], [2, "77002", null, "b"]]));
    let one = Scope::Communes(["77002".to_owned()].into());
    assert_eq!(
        ask(&store, &one, "select id from fact_person").await?,
        json!([[2]]),
        "the scope holds in the view"
    );
    let former = ask(&store, &Scope::All, "select valeurs from revision order by cle").await?;
    assert!(!former.to_string().contains(SECRET) && former.to_string().contains("77001"), "{former}");
    let tables: Vec<String> =
        store.tables().await?.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    assert!(tables.contains(&"masked.fact_person".to_owned()), "{tables:?}");
    assert!(!tables.contains(&"analytics.fact_person".to_owned()), "{tables:?}");
    assert!(
        store
            .masked_tables()
            .await?
            .contains(&("analytics.fact_person".to_owned(), "masked.fact_person".to_owned()))
    );
    let columns = store.columns("masked", "fact_person").await?;
    let ssn = columns.iter().find(|column| column.name == "ssn").expect("it is there");
    assert_eq!(ssn.comment.as_deref(), Some("Number. Masked: always empty."));
    Ok(())
}

#[tokio::test]
async fn no_way_round_the_view_gives_a_value_away() -> anyhow::Result<()> {
    let (database, _store) = masked().await?;
    for login in ["mg_reader", "mg_scoped_reader"] {
        let mut reader = session(&database, login).await?;
        for statement in [
            "select ssn from analytics.fact_person",
            "select ssn::int from analytics.fact_person",
            "select count(*) from analytics.fact_person",
            "select p from analytics.fact_person p",
            "select p::text from analytics.fact_person p",
            "select to_jsonb(p) from analytics.fact_person p",
            "select 1 from analytics.fact_person order by ssn",
            "select 1 from analytics.fact_person join (values ('123-45-0002')) g(ssn) using (ssn)",
            "select 1 from analytics.fact_person natural join (select '123-45-0002' as ssn) g",
            "select max(ssn) over () from analytics.fact_person",
            "select 1 from analytics.fact_person group by ssn",
            "explain analyze select 1 from analytics.fact_person where ssn = '123-45-0002'",
            "table analytics.people",
            "select valeurs from analytics.revision",
            "copy analytics.fact_person to stdout",
        ] {
            assert_eq!(refusal(&mut reader, statement).await, "42501", "{login}: {statement}");
        }
        // What the server keeps about the values is closed too.
        for statement in [
            "select count(*) = 0 from pg_stats where tablename = 'fact_person' and attname = 'ssn'",
            "select count(*) = 0 from masked.fact_person where ssn is not null",
            "select count(*) = 0 from masked.fact_person join (values ('123-45-0002')) g(ssn) using (ssn)",
        ] {
            let empty: bool =
                sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut reader).await?;
            assert!(empty, "{login}: {statement}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_column_that_is_no_longer_masked_comes_back() -> anyhow::Result<()> {
    let (database, _store) = masked().await?;
    let store = Store::open_private(database.socket_dir(), "mg", &StoreOptions::default()).await?;
    let rows = ask(&store, &Scope::All, "select ssn from fact_person where id = 1").await?;
    assert_eq!(rows, json!([[SECRET]]));
    assert_eq!(store.masked_tables().await?, []);
    Ok(())
}
