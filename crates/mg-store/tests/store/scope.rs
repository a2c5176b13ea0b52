//! Row scopes: what a principal limited to communes sees, by Postgres' own word. The gate is
//! left out where it would refuse: this wall must hold where the gate errs.

use std::collections::BTreeSet;

use mg_core::Scope;
use mg_gate::{Admitted, Gate, Policy};
use mg_store::StoreOptions;
use mg_store::query::Limits;
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::session::{execute, refusal, session, text, texts};

const LIMITS: Limits = Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 1_000, timeout_ms: 20_000 };

/// Three communes, a row of each fact in each, and what a row said before.
const ROWS: &str = "
    insert into analytics.dim_commune (code_commune, nom, membre)
    values ('77001', 'Un', true), ('77002', 'Deux', true), ('77003', 'Trois', true);
    insert into analytics.fact_permis (fichier, type_dau, num_dau, code_commune, etat, millesime, source)
    select 'logements', 'PC', code_commune, code_commune, 'autorise', '2026-10', 'x' from analytics.dim_commune;
    insert into analytics.revision (table_name, cle, millesime, remplace_par, valeurs)
    select 'fact_permis', num_dau, '2026-09', '2026-10', to_jsonb(f) from analytics.fact_permis f;
    insert into kpi.definition (kpi, titre_fr, titre_en, description, unite, grain, bon_sens, jeu,
                                periodes_provisoires, sql, empreinte)
    values ('k', 'k', 'k', 'k', 'k', 'month', 'neutre', 'sitadel', 0, 'k', 'k');
    insert into kpi.value (kpi, zone, periode, valeur, effectif, provisoire, millesime)
    select 'k', zone, '2026-01-01', 1, 1, false, '2026-10'
    from (select code_commune as zone from analytics.dim_commune union select 'ensemble') z";

fn admitted(sql: &str) -> Admitted {
    Gate::new(Policy::reading(["masked", "analytics", "kpi"])).admit(sql).expect("an admitted query")
}

fn scope(codes: &[&str]) -> Scope {
    Scope::Communes(codes.iter().map(|&code| code.to_owned()).collect::<BTreeSet<_>>())
}

async fn filled() -> anyhow::Result<TestDatabase> {
    let database = TestDatabase::start().await?;
    execute(&mut session(&database, "mg_writer").await?, ROWS).await?;
    Ok(database)
}

async fn seen(database: &TestDatabase, scope: &Scope, sql: &str) -> anyhow::Result<serde_json::Value> {
    Ok(json!(database.store.query(scope, &admitted(sql), LIMITS).await?.rows))
}

#[tokio::test]
async fn a_scope_shows_its_communes_in_every_table_and_view() -> anyhow::Result<()> {
    let database = filled().await?;
    let one = scope(&["77002"]);
    for (sql, whole, limited) in [
        (
            "select code_commune from fact_permis order by 1",
            json!([["77001"], ["77002"], ["77003"]]),
            json!([["77002"]]),
        ),
        (
            "select code_commune from dim_commune order by 1",
            json!([["77001"], ["77002"], ["77003"]]),
            json!([["77002"]]),
        ),
        ("select cle from revision order by 1", json!([["77001"], ["77002"], ["77003"]]), json!([["77002"]])),
        (
            "select zone from kpi.value order by 1",
            json!([["77001"], ["77002"], ["77003"], ["ensemble"]]),
            json!([["77002"]]),
        ),
        // A view over a limited table.
        ("select count(*) from zone", json!([[6]]), json!([[2]])),
        ("select count(*) from kpi.definition", json!([[1]]), json!([[1]])),
        // What does not name a row of its own.
        ("select count(*), max(num_dau) from fact_permis", json!([[3, "77003"]]), json!([[1, "77002"]])),
    ] {
        assert_eq!(seen(&database, &Scope::All, sql).await?, whole, "{sql}");
        assert_eq!(seen(&database, &one, sql).await?, limited, "{sql}");
        assert_eq!(
            seen(&database, &scope(&["77001", "77002", "77003"]), "select count(*) from fact_permis").await?,
            json!([[3]])
        );
        // An empty scope is no missing one.
        let counted = format!("select count(*) from ({sql}) s");
        let of_none = seen(&database, &scope(&[]), &counted).await?;
        assert!(
            of_none == json!([[0]]) || sql.contains("count(") || sql.contains("definition"),
            "{sql}: {of_none}"
        );
    }
    assert_eq!(seen(&database, &scope(&[]), "select count(*) from fact_permis").await?, json!([[0]]));
    Ok(())
}

#[tokio::test]
async fn one_session_serves_scope_after_scope_and_mixes_none() -> anyhow::Result<()> {
    let database = filled().await?;
    let mut asked = tokio::task::JoinSet::new();
    for round in 0..200 {
        let code = ["77001", "77002", "77003"][round % 3];
        let store = database.store.clone();
        asked.spawn(async move {
            let rows = store
                .query(&scope(&[code]), &admitted("select num_dau from fact_permis"), LIMITS)
                .await?
                .rows;
            anyhow::Ok((code, json!(rows)))
        });
    }
    while let Some(answer) = asked.join_next().await {
        let (code, rows) = answer??;
        assert_eq!(rows, json!([[code]]));
    }
    Ok(())
}

#[tokio::test]
async fn a_forged_replayed_late_or_missing_scope_sees_no_row() -> anyhow::Result<()> {
    let database = filled().await?;
    let mut reader = session(&database, "mg_scoped_reader").await?;
    let count = "select count(*)::text from analytics.fact_permis";
    assert_eq!(text(&mut reader, count).await?, "0", "without a scope");
    let pid = text(&mut reader, "select pg_backend_pid()::text").await?;
    let key = "select encode(key, 'hex') from mg.scope_key";
    let key = text(&mut session(&database, "mg_owner").await?, key).await?;
    let right = sign(&key, &pid, "4102444800", "77002");
    execute(&mut reader, &format!("set mg.row_scope = '{right}'")).await?;
    assert_eq!(text(&mut reader, count).await?, "1", "signed for this backend");

    let signature = right.rsplit('|').next().expect("four parts");
    for (forged, why) in [
        (String::new(), "empty"),
        ("77002".to_owned(), "codes alone"),
        (format!("{pid}|4102444800|77001,77002|{signature}"), "another set of communes"),
        (format!("{pid}|4102444801|77002|{signature}"), "another hour"),
        (format!("{pid}|4102444800|77002|{}", "0".repeat(64)), "a guessed signature"),
        (format!("{pid}|4102444800|77002|"), "no signature"),
        (format!("{pid}|4102444800|77002|{signature}|"), "a part more"),
        (sign(&key, "1", "4102444800", "77002"), "signed for another backend"),
        (sign(&key, &pid, "1000", "77002"), "run out"),
        (sign(&key, &pid, "never", "77002"), "no time"),
        (sign(&key, &pid, "4102444800", ""), "no commune"),
        (sign(&"00".repeat(64), &pid, "4102444800", "77002"), "another key"),
        (right.to_uppercase(), "another spelling"),
    ] {
        execute(&mut reader, &format!("set mg.row_scope = '{forged}'")).await?;
        assert_eq!(text(&mut reader, count).await?, "0", "{why}");
    }
    let mut other = session(&database, "mg_scoped_reader").await?;
    execute(&mut other, &format!("set mg.row_scope = '{right}'")).await?;
    assert_eq!(text(&mut other, count).await?, "0", "replayed on another backend");
    // The key is out of reach, and so is what would make the wall fall.
    for statement in ["select * from mg.scope_key", "set role mg_reader", "select mg.row_scope()"] {
        assert_eq!(refusal(&mut reader, statement).await, "42501", "{statement}");
    }
    Ok(())
}

/// The signature as the standard writes it (RFC 2104), by another implementation than ours.
fn sign(key_hex: &str, pid: &str, until: &str, codes: &str) -> String {
    let message = format!("{pid}|{until}|{codes}");
    let script = "import hmac,sys;print(hmac.new(bytes.fromhex(sys.argv[1]),sys.argv[2].encode(),'sha256').hexdigest())";
    let made = std::process::Command::new("python3").args(["-c", script, key_hex, &message]).output();
    let made = made.expect("python3 runs");
    format!("{message}|{}", String::from_utf8_lossy(&made.stdout).trim())
}

#[tokio::test]
async fn every_readable_table_has_its_policy_and_a_new_one_gets_it_by_itself() -> anyhow::Result<()> {
    let database = filled().await?;
    let mut owner = session(&database, "mg_owner").await?;
    let unlimited = "select format('%I.%I', n.nspname, c.relname) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'kpi') and c.relkind in ('r', 'p', 'f', 'm')
          and not (c.relrowsecurity and exists (
              select from pg_policy p where p.polrelid = c.oid and p.polname = 'row_scope'
                and 'mg_scoped_reader'::regrole = any (p.polroles)))";
    assert_eq!(texts(&mut owner, unlimited).await?, Vec::<String>::new());
    let blind = "select format('%I.%I', n.nspname, c.relname) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'kpi') and c.relkind = 'v'
          and not coalesce(c.reloptions @> '{security_invoker=true}', false)
          and has_table_privilege('mg_scoped_reader', c.oid, 'select')";
    assert_eq!(texts(&mut owner, blind).await?, Vec::<String>::new(), "a view with its owner's eyes");
    // Nothing reads a table with a commune by 'true' alone.
    let open = "select c.relname::text from pg_policy p join pg_class c on c.oid = p.polrelid
        where p.polname = 'row_scope' and pg_get_expr(p.polqual, p.polrelid) = 'true' order by 1";
    assert_eq!(texts(&mut owner, open).await?, ["definition"]);

    execute(
        &mut owner,
        "create table analytics.fact_new (code_commune text, x int);
                         create table analytics.fact_without (x int);
                         insert into analytics.fact_new values ('77001', 1), ('77002', 2);
                         insert into analytics.fact_without values (1)",
    )
    .await?;
    let again = mg_store::Store::open_private(database.socket_dir(), "mg", &StoreOptions::default()).await?;
    assert_eq!(texts(&mut owner, unlimited).await?, Vec::<String>::new());
    let sql = "select x from analytics.fact_new";
    let rows = again.query(&scope(&["77002"]), &admitted(sql), LIMITS).await?.rows;
    assert_eq!(json!(rows), json!([[2]]));
    let sql = "select x from analytics.fact_without";
    assert_eq!(json!(again.query(&scope(&["77002"]), &admitted(sql), LIMITS).await?.rows), json!([]));
    assert_eq!(json!(again.query(&Scope::All, &admitted(sql), LIMITS).await?.rows), json!([[1]]));
    Ok(())
}
