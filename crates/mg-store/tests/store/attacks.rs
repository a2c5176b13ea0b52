//! The database without the gate: what the gate refuses for safety, sent by the readers' logins
//! as it stands, gives nothing away and changes nothing. What a login may do all the same is
//! written down here, each statement with the reason why it does no harm.

mod allowed;

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use mg_gate::{Gate, Policy, RefusalCode};
use mg_store::{Store, StoreOptions};
use mg_testkit::{TestDatabase, shared_file};
use sqlx::Row;
use sqlx::postgres::PgRow;

use self::allowed::{HARMLESS, NOT_RUN};
use crate::admitted::footprint::footprint;
use crate::admitted::similar;
use crate::session::{execute, session};

/// What stands in the sensitive column of the corpora's table.
const SECRET: &str = "123-45-0002";

/// The logins that queries of agents run as.
const LOGINS: [&str; 2] = ["mg_reader", "mg_scoped_reader"];

const TABLE: &str = "
    create table analytics.t (id int, i int, a boolean, x float8, y float8, ts timestamptz, note text, ssn text);
    create table analytics.s (id int);
    insert into analytics.t
        select n, n, true, n, -n, now(), 'drop table t; pg_sleep(1)', '123-45-000' || n from generate_series(1, 9) n";

/// A database with the corpora's table, whose column `ssn` is masked.
async fn masked() -> anyhow::Result<TestDatabase> {
    let database = TestDatabase::start().await?;
    execute(&mut session(&database, "mg_owner").await?, TABLE).await?;
    let options = StoreOptions { masked_columns: vec!["*.*.ssn".to_owned()], ..StoreOptions::default() };
    Store::open_private(database.socket_dir(), "mg", &options).await?.close().await;
    let mut superuser = session(&database, "mg_super").await?;
    // The statistics that the server would gather in its own time.
    execute(&mut superuser, "alter system set autovacuum = off").await?;
    execute(&mut superuser, "select pg_reload_conf()").await?;
    execute(&mut superuser, "vacuum analyze").await?;
    Ok(database)
}

/// What a login got of a statement, sent as a text that may hold several.
async fn outcome(database: &TestDatabase, login: &str, sql: &str) -> anyhow::Result<Outcome> {
    let mut session = session(database, login).await?;
    execute(&mut session, "set statement_timeout = '300ms'").await?;
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut session).await;
    Ok(match rows {
        Ok(rows) => Outcome::Ran(rows.iter().flat_map(cells).collect::<Vec<_>>().join("|")),
        Err(error) => Outcome::Failed(error.to_string()),
    })
}

/// The cells of a row, as the server writes them in a text protocol.
fn cells(row: &PgRow) -> Vec<String> {
    let cells = (0..row.len()).filter_map(|place| row.try_get_raw(place).ok());
    cells.filter_map(|cell| cell.as_str().map(str::to_owned).ok()).collect()
}

enum Outcome {
    Ran(String),
    Failed(String),
}

#[tokio::test]
async fn what_the_gate_refuses_is_harmless_without_it() -> anyhow::Result<()> {
    let database = masked().await?;
    let before = footprint(&database).await?;
    let statements = refused()?;
    let mut faults = Vec::new();
    let mut ran = BTreeMap::new();
    for sql in statements.iter().map(String::as_str).filter(|sql| !is_in(&NOT_RUN, sql)) {
        for login in LOGINS {
            match outcome(&database, login, sql).await? {
                Outcome::Ran(told) | Outcome::Failed(told)
                    if told.contains(SECRET) && !sql.contains(SECRET) =>
                {
                    faults.push(format!("{login}: {sql}: {told}"));
                }
                Outcome::Ran(told) => drop(ran.insert((sql, login), told)),
                Outcome::Failed(_) => {}
            }
        }
    }
    let runs = |sql: &str| ran.keys().any(|(known, _)| *known == sql);
    let unexplained = ran.keys().filter(|(sql, _)| !is_in(&HARMLESS, sql));
    faults.extend(unexplained.map(|(sql, login)| format!("it runs, and no reason is given: {login}: {sql}")));
    let past = HARMLESS.iter().filter(|(sql, _)| !statements.is_empty() && !runs(sql));
    faults.extend(past.map(|(sql, _)| format!("it no longer runs: {sql}")));
    assert_eq!(faults, Vec::<String>::new());
    similar(&before, &footprint(&database).await?);

    // Other secrets, the same answers: nothing that was told rests on them.
    let mut owner = session(&database, "mg_owner").await?;
    execute(&mut owner, "update analytics.t set ssn = 'another ' || id").await?;
    for ((sql, login), told) in ran.iter().filter(|((sql, _), _)| sql.contains(" t")) {
        let Outcome::Ran(now) = outcome(&database, login, sql).await? else {
            panic!("{login}: {sql} ran before");
        };
        assert_eq!(now, *told, "{login}: {sql}");
    }
    Ok(())
}

#[tokio::test]
async fn what_our_own_corpus_refuses_changes_nothing_without_the_gate() -> anyhow::Result<()> {
    let database = masked().await?;
    let before = footprint(&database).await?;
    let gate = Gate::new(Policy::reading(["masked", "analytics", "kpi"]));
    let corpus = include_str!("../../../mg-gate/tests/attacks.tsv");
    let lines = corpus.lines().filter(|line| !line.starts_with('#'));
    let statements = lines.filter_map(|line| line.splitn(3, '\t').nth(2));
    // What asks for too much is bounded by the gate alone, and would change nothing.
    let amounts = [RefusalCode::TooMuch, RefusalCode::TooDeep, RefusalCode::TooLong];
    let refused =
        statements.filter(|sql| gate.admit(sql).is_err_and(|refusal| !amounts.contains(&refusal.code)));
    let mut count = 0;
    for sql in refused {
        for login in LOGINS {
            outcome(&database, login, sql).await?;
        }
        count += 1;
    }
    assert!(count > 200, "the corpus refuses {count} statements only");
    similar(&before, &footprint(&database).await?);
    Ok(())
}

fn is_in(list: &[(&str, &str)], sql: &str) -> bool {
    list.iter().any(|(known, _)| *known == sql)
}

/// What is to be refused: of the shared corpus, where it is at hand.
fn refused() -> anyhow::Result<Vec<String>> {
    let Some(file) = shared_file("attacks/sql.tsv") else { return Ok(Vec::new()) };
    let text = fs::read_to_string(file)?;
    let mut statements = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut parts = line.splitn(3, '\t').skip(1);
        let (expect, sql) = (parts.next().context("a verdict")?, parts.next().context("SQL")?);
        if expect != "allow" {
            statements.push(sql.to_owned());
        }
    }
    Ok(statements)
}
