//! The sessions that queries run on: nothing that one caller does or suffers reaches the next.

use std::time::Duration;

use mg_core::Scope;
use mg_gate::{Admitted, Gate, Policy};
use mg_store::query::{Limits, Truncation};
use mg_store::{Store, StoreError};
use mg_testkit::TestDatabase;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::session::{execute, session, text, texts};

const AMPLE: Limits = Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 10_000, timeout_ms: 60_000 };
/// Longer than any test waits.
const ENDLESS: &str = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
/// One cell of a megabyte.
const WIDE: &str = "select string_agg(repeat('x', 10000), '') from generate_series(1, 100)";
/// What runs for the readers at this moment.
const RUNNING: &str = "select count(*)::text from pg_stat_activity
                       where usename in ('mg_reader', 'mg_scoped_reader') and state = 'active'";

fn admitted(sql: &str) -> Admitted {
    Gate::new(Policy::reading(["masked", "analytics", "kpi"])).admit(sql).expect("an admitted query")
}

async fn ask(store: &Store, sql: &str, limits: Limits) -> Result<Vec<Vec<Value>>, StoreError> {
    Ok(store.query(&Scope::All, &admitted(sql), limits).await?.rows)
}

/// Waits until as many statements of readers run.
async fn until_running(database: &TestDatabase, count: &str) -> anyhow::Result<()> {
    let mut superuser = session(database, "mg_super").await?;
    let reached = async {
        while text(&mut superuser, RUNNING).await? != count {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(30), reached).await?
}

#[tokio::test]
async fn a_caller_who_leaves_takes_his_statement_along() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    for scope in [Scope::All, Scope::Communes(["77001".to_owned()].into())] {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (store, scope) = (database.store.clone(), scope.clone());
                tokio::spawn(async move { store.query(&scope, &admitted(ENDLESS), AMPLE).await })
            })
            .collect();
        until_running(&database, "8").await?;
        for caller in &callers {
            caller.abort();
        }
        until_running(&database, "0").await?;
        // All eight sessions serve again, and no cancel hits those who come next.
        let mut next = JoinSet::new();
        for _ in 0..64 {
            let (store, scope) = (database.store.clone(), scope.clone());
            next.spawn(async move { store.query(&scope, &admitted("select 1"), AMPLE).await });
        }
        while let Some(answer) = next.join_next().await {
            assert_eq!(answer??.rows, [[json!(1)]]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_backend_that_is_ended_in_mid_query_costs_nobody_an_answer() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    assert_eq!(ask(&database.store, "select 1", AMPLE).await?, [[json!(1)]]);
    let slow = "select count(*) from generate_series(1, 3000) a, generate_series(1, 1000) b";
    let store = database.store.clone();
    let caller = tokio::spawn(async move { ask(&store, slow, AMPLE).await });
    until_running(&database, "1").await?;
    let mut superuser = session(&database, "mg_super").await?;
    let end = "select pg_terminate_backend(pid)::text from pg_stat_activity where usename = 'mg_reader'";
    assert_eq!(texts(&mut superuser, end).await?, ["true"]);
    // It ran on a session that had served before, so it is asked again on a fresh one.
    assert_eq!(caller.await??, [[json!(3_000_000)]]);
    assert_eq!(ask(&database.store, "select 2", AMPLE).await?, [[json!(2)]]);
    Ok(())
}

#[tokio::test]
async fn a_restart_under_load_leaves_no_poisoned_session() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let stop = tokio_util::sync::CancellationToken::new();
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let (store, stop) = (database.store.clone(), stop.clone());
        callers.spawn(async move {
            let mut outcomes = (0, 0);
            while !stop.is_cancelled() {
                match ask(&store, "select count(*) from generate_series(1, 1000)", AMPLE).await {
                    Ok(rows) => {
                        assert_eq!(rows, [[json!(1_000)]]);
                        outcomes.0 += 1;
                    }
                    Err(StoreError::Unreachable(_)) => {
                        outcomes.1 += 1;
                        sleep(Duration::from_millis(10)).await;
                    }
                    Err(other) => panic!("a clear error, not {other:?}"),
                }
            }
            outcomes
        });
    }
    database.restart().await?;
    // The pool finds back by itself: its pauses end after five seconds at the latest.
    let back = async {
        while ask(&database.store, "select 1", AMPLE).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), back).await?;
    stop.cancel();
    let mut answered = 0;
    while let Some(outcomes) = callers.join_next().await {
        answered += outcomes?.0;
    }
    assert!(answered > 0);
    for number in 0..50 {
        assert_eq!(ask(&database.store, &format!("select {number}"), AMPLE).await?, [[json!(number)]]);
    }
    Ok(())
}

#[tokio::test]
async fn while_the_database_is_away_calls_fail_at_once_and_clearly() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = database.store.clone();
    assert_eq!(ask(&store, "select 1", AMPLE).await?, [[json!(1)]]);
    drop(database);
    for _ in 0..20 {
        // Far less than the pool's or the connection's patience.
        let failed = timeout(Duration::from_secs(2), ask(&store, "select 1", AMPLE)).await?;
        assert!(matches!(failed, Err(StoreError::Unreachable(_))), "{failed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn two_hundred_callers_share_eight_sessions() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut callers = JoinSet::new();
    for number in 0..200 {
        let store = database.store.clone();
        callers.spawn(async move {
            let sql = format!("select {number}, count(*) from generate_series(1, 20000)");
            Ok::<_, StoreError>((number, ask(&store, &sql, AMPLE).await?))
        });
    }
    while let Some(answer) = callers.join_next().await {
        let (number, rows) = answer??;
        assert_eq!(rows, [[json!(number), json!(20_000)]]);
    }
    let mut superuser = session(&database, "mg_super").await?;
    let sessions = "select count(*)::text from pg_stat_activity where usename = 'mg_reader'";
    assert_eq!(text(&mut superuser, sessions).await?, "8");
    Ok(())
}

#[tokio::test]
async fn a_caller_waits_for_a_session_so_long_and_no_longer() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let options = mg_store::StoreOptions {
        reader_connections: 1,
        reader_wait_ms: 200,
        ..mg_store::StoreOptions::default()
    };
    let store = Store::attach_private(database.socket_dir(), "mg", &options).await?;
    let busy = store.clone();
    let busy = tokio::spawn(async move { ask(&busy, ENDLESS, AMPLE).await });
    until_running(&database, "1").await?;
    let refused = ask(&store, "select 1", AMPLE).await;
    assert!(matches!(refused, Err(StoreError::Busy { waited_ms: 200 })), "{refused:?}");
    busy.abort();
    let freed = async { while ask(&store, "select 1", AMPLE).await.is_err() {} };
    timeout(Duration::from_secs(30), freed).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_past_a_limit_is_neither_kept_nor_waited_for() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let before = peak_kilobytes()?;
    // Ten million rows, and rows of a megabyte.
    let sql = "select n, md5(n::text) from generate_series(1, 1000000) s(n), generate_series(1, 10)";
    let many = store.query(&Scope::All, &admitted(sql), AMPLE).await?;
    assert_eq!((many.rows.len(), many.truncated), (1_000, Some(Truncation::Rows)));
    let limits = Limits { rows: 20_000, ..AMPLE };
    let sql = "select n, repeat('x', 100) from generate_series(1, 20000) s(n)";
    let capped = store.query(&Scope::All, &admitted(sql), limits).await?;
    assert_eq!(capped.truncated, Some(Truncation::Bytes));
    assert!(capped.bytes <= 1_000_000 && capped.bytes > 990_000, "{}", capped.bytes);
    let sql =
        "select w || n from (select string_agg(repeat('x', 10000), '') w from generate_series(1, 100)) q,
                                  generate_series(1, 1000) s(n)";
    let wide = store.query(&Scope::All, &admitted(sql), AMPLE).await?;
    assert_eq!((wide.rows.len(), wide.cut_cells, wide.truncated), (100, 100, Some(Truncation::Bytes)));
    assert_eq!(wide.rows[0][0].as_str().map(str::len), Some(10_000), "a cell is cut");
    let grown = peak_kilobytes()? - before;
    assert!(grown < 60_000, "the process grew by {grown} kB");
    // The session of a capped answer is cancelled and serves again.
    until_running(&database, "0").await?;
    assert_eq!(ask(store, "select 1", AMPLE).await?, [[json!(1)]]);
    Ok(())
}

/// The most memory that this process has had, kilobytes.
fn peak_kilobytes() -> anyhow::Result<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[tokio::test]
async fn nothing_of_one_caller_is_there_for_the_next() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let options = mg_store::StoreOptions { reader_connections: 1, ..mg_store::StoreOptions::default() };
    let store = Store::attach_private(database.socket_dir(), "mg", &options).await?;
    let mut superuser = session(&database, "mg_super").await?;
    let pid = async |superuser: &mut sqlx::PgConnection| {
        texts(superuser, "select pid::text from pg_stat_activity where usename = 'mg_reader'").await
    };
    ask(&store, "select 1", AMPLE).await?;
    let first = pid(&mut superuser).await?;
    assert_eq!(first.len(), 1);
    for hostile in ["select 1/0", "select random()", "select * from nowhere", ENDLESS, WIDE] {
        let _ = ask(&store, hostile, Limits { timeout_ms: 200, ..AMPLE }).await;
    }
    // The same backend, outside a transaction, with nothing held and every setting its own.
    let left = format!(
        "select (select count(*) from pg_locks where pid = {0})::text || ' ' || state || ' ' ||
                (xact_start is null)::text from pg_stat_activity where pid = {0}",
        first[0]
    );
    assert_eq!(text(&mut superuser, &left).await?, "0 idle true");
    for (setting, value) in [
        ("statement_timeout", "1min"),
        ("default_transaction_read_only", "on"),
        ("search_path", "masked,analytics,kpi"),
        ("work_mem", "32MB"),
        ("timezone", "Europe/Paris"),
    ] {
        assert_eq!(ask(&store, &format!("show {setting}"), AMPLE).await?, [[json!(value)]], "{setting}");
    }
    assert_eq!(pid(&mut superuser).await?, first, "one session served all");
    Ok(())
}

#[tokio::test]
async fn a_column_that_changed_its_type_is_read_in_the_new_one() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut owner = session(&database, "mg_owner").await?;
    execute(
        &mut owner,
        "create table analytics.fact_shape (a int); insert into analytics.fact_shape values (1);
                         grant select on analytics.fact_shape to mg_reader;
                         alter table analytics.fact_shape enable row level security;
                         create policy every_row on analytics.fact_shape to mg_reader using (true)",
    )
    .await?;
    assert_eq!(ask(&database.store, "table fact_shape", AMPLE).await?, [[json!(1)]]);
    execute(&mut owner, "alter table analytics.fact_shape alter a type text").await?;
    assert_eq!(ask(&database.store, "table fact_shape", AMPLE).await?, [[json!("1")]]);
    execute(&mut owner, "alter table analytics.fact_shape rename a to b").await?;
    let sql = "select a from fact_shape";
    let refused = ask(&database.store, sql, AMPLE).await;
    assert!(matches!(refused, Err(StoreError::Rejected { .. })), "{refused:?}");
    Ok(())
}

/// Says how much memory one backend may take.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_memory_of_a_backend_is_bounded_by_the_system() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut reader = session(&database, "mg_reader").await?;
    let pid = text(&mut reader, "select pg_backend_pid()::text").await?;
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
    let bound = limits.lines().find(|line| line.starts_with("Max address space")).unwrap_or_default();
    assert!(bound.contains(&(2_u64 << 30).to_string()), "{bound}");
    // Four values of 900 MB in one row: more than that.
    let large = "select length(a || '') + length(b || '') + length(c || '') from
                 (select repeat('x', 900000000) a, repeat('y', 900000000) b, repeat('z', 900000000) c offset 0) s";
    let refused = execute(&mut reader, large).await.expect_err("out of memory");
    let code = refused.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    assert_eq!(code.as_deref(), Some("53200"), "{refused}");
    assert_eq!(text(&mut reader, "select 'still here'").await?, "still here");
    Ok(())
}
