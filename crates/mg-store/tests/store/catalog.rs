//! What agents read before they ask: tables, columns, comments, keys.

use mg_store::catalog::ColumnInfo;
use mg_testkit::TestDatabase;

use crate::session::{session, texts};

#[tokio::test]
async fn every_table_and_column_that_agents_see_has_a_comment() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let tables = database.store.tables().await?;
    let names: Vec<String> = tables.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    assert_eq!(
        names,
        [
            "analytics.dim_commune",
            "analytics.edition",
            "analytics.fact_mutation",
            "analytics.fact_permis",
            "analytics.fact_population",
            "analytics.ref_commune",
            "analytics.revision",
            "analytics.zone",
            "kpi.definition",
            "kpi.forecast",
            "kpi.value",
        ]
    );
    for table in tables {
        assert!(is_said(table.comment.as_deref()), "{} has no comment", table.name);
        let columns = database.store.columns(&table.schema, &table.name).await?;
        assert!(!columns.is_empty(), "{} has no columns", table.name);
        for column in columns {
            assert!(is_said(column.comment.as_deref()), "{}.{} has no comment", table.name, column.name);
        }
    }
    Ok(())
}

#[tokio::test]
async fn facts_have_keys_that_are_told() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    for (table, key) in [
        ("fact_permis", ["fichier", "type_dau", "num_dau"].as_slice()),
        ("fact_mutation", &["id_mutation", "code_commune"]),
        ("fact_population", &["code_commune", "annee"]),
        ("ref_commune", &["code_commune"]),
    ] {
        let columns = database.store.columns("analytics", table).await?;
        let in_key = columns.iter().filter(|column| column.in_primary_key).map(|column| column.name.as_str());
        assert_eq!(in_key.collect::<Vec<_>>(), key, "{table}");
        let refers = |column: &ColumnInfo| Some((column.name.clone(), column.refers_to.clone()?));
        let commune = ("code_commune".to_owned(), "analytics.dim_commune.code_commune".to_owned());
        assert_eq!(columns.iter().filter_map(refers).collect::<Vec<_>>(), [commune], "{table}");
    }
    let values = database.store.columns("kpi", "value").await?;
    let kpi = values.iter().find(|column| column.name == "kpi").expect("kpi.value has a column kpi");
    assert_eq!(kpi.refers_to.as_deref(), Some("kpi.definition.kpi"));
    let value = values.iter().find(|column| column.name == "valeur").expect("kpi.value has a column valeur");
    assert_eq!((value.data_type.as_str(), value.nullable), ("double precision", true));
    Ok(())
}

#[tokio::test]
async fn facts_have_the_indexes_that_the_kpis_read_by() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    let indexes = "select regexp_replace(indexdef, '.* ON analytics.(.*) USING btree (\\([^)]*\\)).*', '\\1 \\2')
                   from pg_indexes where schemaname = 'analytics' and indexname !~ '_pkey$' order by indexname";
    assert_eq!(
        texts(&mut superuser, indexes).await?,
        [
            "fact_mutation (code_commune, date_mutation)",
            "fact_permis (code_commune, date_autorisation)",
            "fact_permis (code_commune, date_ouverture)",
            "revision (table_name, cle)",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn the_platforms_books_and_postgres_own_are_not_described() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    for (schema, table) in [("mg", "token"), ("pg_catalog", "pg_class"), ("analytics", "token")] {
        assert_eq!(database.store.columns(schema, table).await?, [], "{schema}.{table}");
    }
    Ok(())
}

fn is_said(comment: Option<&str>) -> bool {
    comment.is_some_and(|comment| comment.trim().len() > 5)
}
