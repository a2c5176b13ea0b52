//! What the writer's login may do: fill tables, and change no table's shape.

use mg_testkit::TestDatabase;

use crate::session::{execute, refusal, session};

#[tokio::test]
async fn the_writer_changes_no_tables_shape() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut writer = session(&database, "mg_writer").await?;
    for statement in [
        "drop table analytics.fact_permis",
        "alter table analytics.fact_permis add column x int",
        "alter table kpi.forecast drop constraint forecast_check",
        "drop index analytics.fact_permis_autorisation",
        "truncate analytics.fact_permis",
        "create table analytics.mine (x int)",
        "create table public.mine (x int)",
        "create schema mine",
        "comment on table analytics.fact_permis is 'mine'",
        "alter role mg_reader bypassrls",
        "set role mg_owner",
    ] {
        assert_eq!(refusal(&mut writer, statement).await, "42501", "{statement}");
    }
    Ok(())
}

#[tokio::test]
async fn the_writer_reads_no_logins_secret() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut writer = session(&database, "mg_writer").await?;
    for statement in [
        "select * from mg.login_secret",
        "insert into mg.login_secret values ('mg_reader', 'x')",
        "delete from mg.login_secret",
        "select * from pg_authid",
    ] {
        assert_eq!(refusal(&mut writer, statement).await, "42501", "{statement}");
    }
    Ok(())
}

#[tokio::test]
async fn the_writer_fills_facts_kpis_and_books() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut writer = session(&database, "mg_writer").await?;
    for statement in [
        "insert into analytics.dim_commune (code_commune, nom) values ('77001', 'x')",
        "update analytics.dim_commune set nom = 'y'",
        "delete from analytics.dim_commune",
        "insert into mg.run (dag, parameters, state, requested_by, requested_through)
         values ('d', '{}', 'queued', 'p', 'cli')",
        "create temp table mine (x int)",
    ] {
        execute(&mut writer, statement).await?;
    }
    Ok(())
}
