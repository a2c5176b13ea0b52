//! What the gate admits changes nothing: thousands of generated queries and the corpora, run as
//! the reader against a real server, which is then found as it was. `MG_TRIALS=long` runs a
//! hundred thousand.

pub(crate) mod footprint;

use std::collections::HashSet;
use std::fs;
use std::pin::pin;

use anyhow::{Context, ensure};
use futures::StreamExt;
use futures::future::try_join_all;
use futures::stream;
use mg_core::Scope;
use mg_gate::{Admitted, Gate, Policy};
use mg_store::query::Limits;
use mg_store::{Store, StoreError};
use mg_testkit::{TestDatabase, queries, shared_file};

use self::footprint::footprint;
use crate::session::{execute, session};

const SEED: u64 = 2026;
const CALLERS: usize = 6;
const LIMITS: Limits = Limits { rows: 20, bytes: 20_000, cell_chars: 1_000, timeout_ms: 300 };

/// Some rows in each table that the generator names, and the table `t` of the corpora.
const ROWS: &str = "
    insert into analytics.dim_commune (code_commune, nom, population, membre)
        select lpad(n::text, 5, '77000'), 'commune-' || n, n * 100, n % 2 = 0 from generate_series(77001, 77020) n;
    insert into analytics.fact_permis (fichier, type_dau, num_dau, code_commune, etat, date_autorisation, logements, millesime, source)
        select 'logements', 'PC', n::text, (77001 + n % 20)::text, 'autorise', date '2024-01-01' + n, n % 9, '2026-10', 'x'
        from generate_series(1, 60) n;
    insert into analytics.fact_mutation (id_mutation, code_commune, date_mutation, annee, nature, prix_eur, dispositions,
                                         locaux, maisons, appartements, dependances, locaux_activite, millesime, source)
        select n::text, (77001 + n % 20)::text, date '2024-01-01' + n, 2024, 'Vente', n * 1000.5, 1, 1, 1, 0, 0, 0, '2026-10', 'x'
        from generate_series(1, 60) n;
    insert into analytics.revision (table_name, cle, millesime, remplace_par, valeurs)
        select 'fact_permis', n::text, '2026-09', '2026-10', jsonb_build_object('a', n) from generate_series(1, 20) n;
    insert into analytics.edition (jeu, millesime, enregistrements) values ('dvf', '2026-10', 60);
    insert into kpi.definition (kpi, titre_fr, titre_en, description, unite, grain, bon_sens, jeu, periodes_provisoires, sql, empreinte)
        values ('permis', 'x', 'x', 'x', 'x', 'month', 'hausse', 'sitadel', 1, 'select 1', 'x');
    insert into kpi.value (kpi, zone, periode, valeur, effectif, provisoire, millesime)
        select 'permis', '77001', date '2024-01-01' + n, n, n, false, '2026-10' from generate_series(1, 20) n;
    insert into kpi.forecast (kpi, zone, periode, pas, valeur, bas_80, haut_80, bas_95, haut_95, modele, millesime, derniere_periode)
        select 'permis', '77001', date '2025-01-01' + n, n, 1, 0, 2, 0, 3, 'x', '2026-10', '2024-02-01' from generate_series(1, 9) n;
    create table analytics.t (i int, a boolean, x float8, y float8, ts timestamptz, note text, ssn text);
    insert into analytics.t select n, true, n, -n, now(), 'drop table t; pg_sleep(1)', '123' from generate_series(1, 9) n;
    grant select on analytics.t to mg_reader";

#[tokio::test]
async fn nothing_that_is_admitted_changes_anything() -> anyhow::Result<()> {
    let is_long = std::env::var("MG_TRIALS").is_ok_and(|trials| trials == "long");
    let count = if is_long { 100_000 } else { 3_000 };
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    execute(&mut superuser, ROWS).await?;
    // The statistics that the server would gather in its own time.
    execute(&mut superuser, "alter system set autovacuum = off").await?;
    execute(&mut superuser, "select pg_reload_conf()").await?;
    execute(&mut superuser, "vacuum analyze").await?;
    let settings = settings(&database.store).await?;
    let before = footprint(&database).await?;

    let gate = Gate::new(Policy::reading(["analytics", "kpi"]));
    let made = queries::queries(SEED, count).map(|sql| {
        let admitted = gate.admit(&sql);
        admitted.unwrap_or_else(|refusal| panic!("the generator made what is refused: {refusal} {sql}"))
    });
    let answered = run(&database.store, made).await?;
    // A query that the server rejects proves little.
    ensure!(answered > count * 3 / 4, "only {answered} of {count} queries were answered");
    run(&database.store, corpora()?.iter().filter_map(|sql| gate.admit(sql).ok())).await?;

    similar(&before, &footprint(&database).await?);
    assert_eq!(self::settings(&database.store).await?, settings);
    Ok(())
}

/// Runs `statements`, some at a time, and tells how many were answered; the server may reject
/// or stop the others.
async fn run(store: &Store, statements: impl Iterator<Item = Admitted>) -> anyhow::Result<usize> {
    let answers = stream::iter(statements)
        .map(async |admitted| (store.query(&Scope::All, &admitted, LIMITS).await, admitted))
        .buffer_unordered(CALLERS);
    let mut answers = pin!(answers);
    let mut answered = 0;
    while let Some((answer, admitted)) = answers.next().await {
        match answer {
            Ok(_) => answered += 1,
            Err(StoreError::Rejected { .. } | StoreError::TimedOut { .. }) => {}
            Err(error) => return Err(error).with_context(|| admitted.sql().to_owned()),
        }
    }
    Ok(answered)
}

/// The statements of the gate's own corpus, and of the shared one where that is at hand.
fn corpora() -> anyhow::Result<Vec<String>> {
    let mut texts = vec![include_str!("../../../mg-gate/tests/attacks.tsv").to_owned()];
    if let Some(shared) = shared_file("attacks/sql.tsv") {
        texts.push(fs::read_to_string(shared)?);
    }
    let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#'));
    Ok(lines.filter_map(|line| line.splitn(3, '\t').nth(2)).map(str::to_owned).collect())
}

/// What the sessions of the pool are set to: a setting that stays behind meets the next caller.
async fn settings(store: &Store) -> anyhow::Result<HashSet<String>> {
    let gate = Gate::new(Policy::reading(["analytics"]));
    let mut settings = HashSet::new();
    for name in ["search_path", "timezone", "datestyle", "work_mem", "lock_timeout", "transaction_isolation"]
    {
        let show = gate.admit(&format!("show {name}"))?;
        // At the same time, so that several sessions are asked.
        let shown = try_join_all((0..CALLERS).map(|_| store.query(&Scope::All, &show, LIMITS))).await?;
        settings.extend(shown.iter().map(|shown| format!("{name} = {:?}", shown.rows)));
    }
    Ok(settings)
}

/// Line by line, so that a failure names what changed.
pub(crate) fn similar(before: &[String], after: &[String]) {
    for line in after {
        assert!(before.contains(line), "changed or new: {line}");
    }
    for line in before {
        assert!(after.contains(line), "gone: {line}");
    }
}

#[tokio::test]
async fn a_footprint_tells_what_was_changed() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    execute(&mut superuser, ROWS).await?;
    for change in [
        "update kpi.value set valeur = valeur + 1 where periode = '2024-01-05'",
        "create table analytics.mine (x int)",
        "alter role mg_reader set work_mem = '1MB'",
        "create role mine",
        "grant select on mg.token to mg_reader",
        "select lo_from_bytea(0, 'x')",
        "select setval(pg_get_serial_sequence('analytics.revision', 'id'), 999)",
        "select pg_advisory_lock(7)",
        "create function analytics.mine() returns int language sql as 'select 1'",
        "comment on table kpi.value is 'x'",
    ] {
        let before = footprint(&database).await?;
        execute(&mut superuser, change).await?;
        assert_ne!(footprint(&database).await?, before, "{change}");
    }
    let before = footprint(&database).await?;
    fs::write(database.folder().join("postgres/mine"), "x")?;
    assert_ne!(footprint(&database).await?, before, "a file");
    Ok(())
}
