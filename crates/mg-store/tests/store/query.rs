//! The reader's door: limits that are told, values that keep their meaning, errors that help.

use mg_core::Scope;
use mg_gate::{Admitted, Gate, Policy};
use mg_store::query::{Limits, ResultColumn, Rows, Truncation};
use mg_store::{Store, StoreError};
use mg_testkit::TestDatabase;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const AMPLE: Limits = Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 100_000, timeout_ms: 20_000 };
/// Longer than any limit here lets it run.
const ENDLESS: &str = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";

#[tokio::test]
async fn the_row_limit_is_told_only_when_a_row_is_missing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    // Rows come from the cursor 200 at a time, so that is where a count could go wrong.
    for (there, limit, truncated) in [
        (0, 10, None),
        (9, 10, None),
        (10, 10, None),
        (11, 10, Some(Truncation::Rows)),
        (199, 200, None),
        (200, 200, None),
        (201, 200, Some(Truncation::Rows)),
        (400, 400, None),
        (450, 400, Some(Truncation::Rows)),
        (0, 0, None),
        (1, 0, Some(Truncation::Rows)),
    ] {
        let sql = format!("select n from generate_series(1, {there}) as s(n)");
        let answer =
            database.store.query(&Scope::All, &admitted(&sql), Limits { rows: limit, ..AMPLE }).await?;
        let expected: Vec<Vec<Value>> = (1..=there.min(limit)).map(|n| vec![json!(n)]).collect();
        assert_eq!(answer.rows, expected, "{there} rows, limit {limit}");
        assert_eq!(answer.truncated, truncated, "{there} rows, limit {limit}");
    }
    Ok(())
}

#[tokio::test]
async fn the_byte_limit_is_told_only_when_a_row_is_missing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let five_rows_of_four = admitted("select 'abcd' from generate_series(1, 5)");
    for (limit, rows, truncated) in [
        (21, 5, None),
        (20, 5, None),
        (19, 4, Some(Truncation::Bytes)),
        (4, 1, Some(Truncation::Bytes)),
        (3, 0, Some(Truncation::Bytes)),
    ] {
        let answer =
            database.store.query(&Scope::All, &five_rows_of_four, Limits { bytes: limit, ..AMPLE }).await?;
        assert_eq!((answer.rows.len(), answer.truncated), (rows, truncated), "limit {limit}");
    }
    Ok(())
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped_and_the_limit_named() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let refused =
        database.store.query(&Scope::All, &admitted(ENDLESS), Limits { timeout_ms: 30, ..AMPLE }).await;
    assert!(matches!(refused, Err(StoreError::TimedOut { limit_ms: 30 })), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn columns_are_named_and_typed_even_when_no_row_is() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sql = "select code_commune, population, membre, population * 1.5 as many, array[population] as list,
                      now() as at
               from dim_commune where false";
    let answer = ask(&database.store, sql).await?;
    assert_eq!(answer.rows, Vec::<Vec<Value>>::new());
    let expected = [
        ("code_commune", "text"),
        ("population", "int4"),
        ("membre", "bool"),
        ("many", "numeric"),
        ("list", "int4[]"),
        ("at", "timestamptz"),
    ];
    assert_eq!(answer.columns, expected.map(column));
    Ok(())
}

#[tokio::test]
async fn columns_of_one_name_keep_a_value_each() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let answer = ask(&database.store, "select 1 as a, 'x' as a, 3, 4").await?;
    let expected = [("a", "int4"), ("a", "text"), ("?column?", "int4"), ("?column?", "int4")];
    assert_eq!(answer.columns, expected.map(column));
    assert_eq!(answer.rows, [[json!(1), json!("x"), json!(3), json!(4)]]);
    Ok(())
}

#[tokio::test]
async fn values_lose_nothing_on_their_way_into_json() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    for (sql, value) in [
        ("null::text", json!(null)),
        ("''", json!("")),
        ("'é \\N\t🏠'", json!("é \\N\t🏠")),
        ("true", json!(true)),
        ("-7::smallint", json!(-7)),
        ("9007199254740992::bigint", json!(9_007_199_254_740_992_i64)),
        ("9007199254740993::bigint", json!("9007199254740993")),
        ("12.50::numeric", json!(12.5)),
        ("1000::numeric", json!(1000)),
        ("12345678901234567.89::numeric", json!("12345678901234567.89")),
        ("'NaN'::numeric", json!("NaN")),
        ("0.1::double precision", json!(0.1)),
        ("1.5::real", json!(1.5)),
        ("'NaN'::double precision", json!("NaN")),
        ("'-Infinity'::double precision", json!("-Infinity")),
        ("'{\"b\": [1, null], \"a\": {}}'::json", json!({"b": [1, null], "a": {}})),
        ("'[]'::jsonb", json!([])),
        ("array['a', null, 'b,c']", json!(["a", null, "b,c"])),
        ("date '2026-10-01'", json!("2026-10-01")),
        ("timestamptz '2026-10-01 12:30:00+02'", json!("2026-10-01 12:30:00+02")),
        ("interval '1 month 2 days'", json!("1 mon 2 days")),
    ] {
        let answer = ask(&database.store, &format!("select {sql} as v")).await?;
        assert_eq!(answer.rows, [[value]], "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn what_postgres_says_of_a_wrong_query_is_passed_on_with_its_hint() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    for (sql, state, said, advised) in [
        ("select nome from dim_commune", "42703", "column \"nome\" does not exist", Some("dim_commune.nom")),
        ("select * from fact_permit", "42P01", "relation \"fact_permit\" does not exist", None),
        ("select 1 / (3 - n) from generate_series(1, 5) as s(n)", "22012", "division by zero", None),
        ("select n / (300 - n) from generate_series(1, 500) as s(n)", "22012", "division by zero", None),
        (
            "select code_commune + 1 from dim_commune",
            "42883",
            "operator does not exist",
            Some("explicit type casts"),
        ),
    ] {
        let refused = database.store.query(&Scope::All, &admitted(sql), AMPLE).await;
        let Err(StoreError::Rejected { message, hint, sqlstate }) = refused else {
            panic!("{sql} gave {refused:?}");
        };
        assert_eq!(sqlstate, state, "{sql}");
        assert!(message.contains(said), "{sql} gave {message}");
        let hint = hint.unwrap_or_default();
        assert!(hint.contains(advised.unwrap_or_default()), "{sql} advised {hint}");
        assert_eq!(hint.is_empty(), advised.is_none(), "{sql} advised {hint}");
    }
    Ok(())
}

#[tokio::test]
async fn failing_queries_leave_the_pool_whole() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut failing = JoinSet::new();
    for number in 0..30 {
        let store = database.store.clone();
        let sql = ["select 1 / 0", "select nowhere from dim_commune", ENDLESS][number % 3];
        let limits = Limits { timeout_ms: 200, ..AMPLE };
        failing.spawn(async move { store.query(&Scope::All, &admitted(sql), limits).await });
    }
    for outcome in failing.join_all().await {
        assert!(outcome.is_err(), "{outcome:?}");
    }
    let mut good = JoinSet::new();
    for number in 0..16 {
        let store = database.store.clone();
        good.spawn(async move { ask(&store, &format!("select {number} where now() < 'infinity'")).await });
    }
    for answer in good.join_all().await {
        assert_eq!(answer?.rows.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_query_sees_no_setting_of_the_one_before() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let slow = admitted("select count(*) from generate_series(1, 300000) as s(n)");
    for _ in 0..10 {
        let hurried = database.store.query(&Scope::All, &slow, Limits { timeout_ms: 1, ..AMPLE }).await;
        assert!(matches!(hurried, Err(StoreError::TimedOut { limit_ms: 1 })), "{hurried:?}");
        let patient = database.store.query(&Scope::All, &slow, AMPLE).await?;
        assert_eq!(patient.rows, [[json!(300_000)]]);
    }
    Ok(())
}

#[tokio::test]
async fn plans_and_settings_are_told_within_the_limits() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let plan = ask(&database.store, "explain (costs off) select * from dim_commune where membre").await?;
    assert_eq!(plan.columns, [column(("QUERY PLAN", "text"))]);
    assert_eq!(plan.rows, [[json!("Seq Scan on dim_commune")], [json!("  Filter: membre")]]);
    let json = ask(&database.store, "explain (format json) select 1").await?;
    assert_eq!(json.rows[0][0][0]["Plan"]["Node Type"], json!("Result"));
    let shown = ask(&database.store, "show search_path").await?;
    assert_eq!(shown.rows, [[json!("masked,analytics,kpi")]]);
    assert_eq!(ask(&database.store, "show transaction_isolation").await?.rows, [[json!("read committed")]]);

    let explain = admitted("explain (costs off) select * from dim_commune where membre");
    let short = database.store.query(&Scope::All, &explain, Limits { rows: 1, ..AMPLE }).await?;
    assert_eq!((short.rows.len(), short.truncated), (1, Some(Truncation::Rows)));
    let narrow = database.store.query(&Scope::All, &explain, Limits { bytes: 30, ..AMPLE }).await?;
    assert_eq!((narrow.rows.len(), narrow.truncated), (1, Some(Truncation::Bytes)));
    Ok(())
}

async fn ask(store: &Store, sql: &str) -> Result<Rows, StoreError> {
    store.query(&Scope::All, &admitted(sql), AMPLE).await
}

fn admitted(sql: &str) -> Admitted {
    let policy = Policy::reading(["analytics", "kpi"]);
    Gate::new(policy).admit(sql).unwrap_or_else(|refusal| panic!("{sql} is no query of ours: {refusal:?}"))
}

fn column((name, data_type): (&str, &str)) -> ResultColumn {
    ResultColumn { name: name.to_owned(), data_type: data_type.to_owned() }
}
