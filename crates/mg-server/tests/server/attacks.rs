//! The shared corpus of attacks, through `run_sql` as an agent sends it: each is refused with a
//! reason, bounded, or gives nothing away.

use std::fs;

use anyhow::{Context, ensure};
use mg_core::Role;
use mg_gate::{Block, BlockedTable, Gate, Policy};
use mg_server::app::App;
use mg_store::catalog::READABLE_SCHEMAS;
use mg_store::{Store, StoreOptions};
use mg_testkit::{TestPlatform, shared_file};
use serde_json::{Value, json};

use crate::wire::{Wire, clock, options, serve};

/// What stands in the sensitive column of the corpus's table.
const SECRET: &str = "123-45-0002";
/// What stands between what happened and what to do: the part of the query that the gate quotes,
/// the code of Postgres, the limit of time.
const BEFORE_ADVICE: [&str; 3] = ["`) ", "). ", " was stopped. "];
const LIMIT_BYTES: usize = 100_000;
const TIMEOUT_MS: u64 = 500;

/// The corpus's table, with a sensitive column that readers know the values of to look for.
const TABLE: &str = "
    create table analytics.t (id int, i int, a boolean, x float8, y float8, ts timestamptz, note text, ssn text);
    insert into analytics.t
        select n, n, true, n, -n, now(), 'drop table t; pg_sleep(1)', '123-45-000' || n from generate_series(1, 9) n;
    analyze analytics.t";

/// The platform's service as an operator configures it who masks `ssn`.
async fn masked(platform: &TestPlatform) -> anyhow::Result<String> {
    platform.database.execute("mg_owner", TABLE)?;
    let options_of_store =
        StoreOptions { masked_columns: vec!["*.*.ssn".to_owned()], ..StoreOptions::default() };
    let store = Store::open_private(platform.database.socket_dir(), "mg", &options_of_store).await?;
    let mut policy = Policy::reading(READABLE_SCHEMAS);
    for (table, view) in store.masked_tables().await? {
        let block = Block::ReplacedBy(view.parse()?);
        policy.blocked_tables.push(BlockedTable { tables: table.parse()?, block });
    }
    let mut app = App { store, gate: Gate::new(policy), ..platform.app.clone() };
    app.limits.timeout_ms = TIMEOUT_MS;
    app.limits.bytes = LIMIT_BYTES;
    serve(mg_server::router(app, clock(), &options())).await
}

#[tokio::test]
async fn each_attack_is_refused_with_a_reason_or_bounded_or_without_effect() -> anyhow::Result<()> {
    let Some(file) = shared_file("attacks/sql.tsv") else { return Ok(()) };
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?.moved_to(&masked(&platform).await?);
    let corpus = fs::read_to_string(file)?;
    let mut faults = Vec::new();
    let mut lines = 0;
    for line in corpus.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut parts = line.splitn(3, '\t');
        let (class, expect, sql) = (
            parts.next().context("a class")?,
            parts.next().context("a verdict")?,
            parts.next().context("SQL")?,
        );
        let answer =
            wire.ask("tools/call", json!({ "name": "run_sql", "arguments": { "sql": sql } })).await?;
        if let Err(fault) = judged(class, expect, &answer) {
            faults.push(format!("{class} {expect} {sql}: {fault}"));
        }
        lines += 1;
    }
    ensure!(lines >= 100, "the corpus has {lines} lines only");
    assert_eq!(faults, Vec::<String>::new());
    // The service is as well as before.
    let still =
        json!({ "name": "run_sql", "arguments": { "sql": "select count(*) from t where ssn is null" } });
    let still = wire.ask("tools/call", still).await?;
    assert_eq!(still["structuredContent"]["rows"], json!([[9]]), "{still}");
    platform.stop().await;
    Ok(())
}

/// Whether the answer to a line is as it should be.
fn judged(class: &str, expect: &str, answer: &Value) -> anyhow::Result<()> {
    let text = answer["content"][0]["text"].as_str().context("a text")?;
    let whole = answer.to_string();
    ensure!(!whole.contains(SECRET), "the secret: {whole}");
    let refused = answer["isError"] == true;
    if refused {
        let code = text.rsplit_once(" [").and_then(|(_, code)| code.strip_suffix(']')).context("a code")?;
        ensure!(code.starts_with("sql_"), "{text}");
        let by_gate = !["sql_timed_out", "sql_rejected"].contains(&code);
        let advice = BEFORE_ADVICE.iter().find_map(|end| Some(text.split_once(end)?.1));
        ensure!(advice.is_some_and(|advice| advice.len() > code.len() + 20), "it says too little: {text}");
        ensure!(!by_gate || text.contains("(at byte "), "it does not say which part: {text}");
        return match expect {
            "allow" => Err(anyhow::anyhow!("refused: {text}")),
            // What is to be refused for safety must not have reached the database.
            "deny" if class != "mask" => by_gate.then_some(()).with_context(|| format!("it ran: {text}")),
            _ => Ok(()),
        };
    }
    match expect {
        "allow" => Ok(()),
        "bound" => {
            let bytes = answer["structuredContent"]["rows"].to_string().len();
            ensure!(bytes <= 2 * LIMIT_BYTES, "{bytes} bytes");
            Ok(())
        }
        // Of a masked column there is nothing to be had: an answer without its values is no leak.
        _ => (class == "mask").then_some(()).with_context(|| format!("it was answered: {text}")),
    }
}
