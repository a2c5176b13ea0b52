//! Reading from a streaming standby: what holds on one server holds on two.

mod pair;

use std::time::Duration;

use mg_core::Scope;
use mg_gate::{Admitted, Gate, Policy};
use mg_store::query::Limits;
use mg_store::{ExternalLogins, Store, StoreError, StoreOptions};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::external::Server;
use crate::session::{execute, refusal, session_at, text};
use pair::{Pair, address, until};

const AMPLE: Limits = Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 10_000, timeout_ms: 60_000 };
/// Longer than any test waits.
const ENDLESS: &str =
    "select count(*) from dim_commune, generate_series(1, 1000000) a, generate_series(1, 1000000) b";
/// What runs for the readers at this moment.
const RUNNING: &str = "select count(*)::text from pg_stat_activity
                       where usename in ('mg_reader', 'mg_scoped_reader') and state = 'active'";
const COMMUNES: &str = "insert into analytics.dim_commune (code_commune, nom, membre)
                        values ('77001', 'Un', true), ('77002', 'Deux', true)";
const EDITIONS: &str = "select millesime from edition order by millesime";

async fn ask(store: &Store, scope: &Scope, sql: &str) -> Result<Vec<Vec<Value>>, StoreError> {
    let gate = Gate::new(Policy::reading(["masked", "analytics", "kpi"]));
    let admitted: Admitted = gate.admit(sql).expect("an admitted query");
    Ok(store.query(scope, &admitted, AMPLE).await?.rows)
}

fn one_commune() -> Scope {
    Scope::Communes(["77002".to_owned()].into())
}

#[tokio::test]
async fn queries_are_answered_by_the_standby_and_writing_goes_to_the_primary() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    pair.store.record_edition("sitadel", "2026-10", 3).await?;
    pair.caught_up().await?;
    assert_eq!(ask(&pair.store, &Scope::All, EDITIONS).await?, [[json!("2026-10")]]);
    let none = Vec::<Vec<Value>>::new();
    assert_eq!(ask(&pair.store, &one_commune(), EDITIONS).await?, none, "editions tell of every commune");
    let sessions =
        "select coalesce(string_agg(distinct usename, ' ' order by usename), '') from pg_stat_activity
                    where usename in ('mg_reader', 'mg_scoped_reader')";
    assert_eq!(text(&mut pair.at_standby("mg_super").await?, sessions).await?, "mg_reader mg_scoped_reader");
    assert_eq!(text(&mut pair.at_primary("mg_super").await?, sessions).await?, "");

    // Not even the writer writes there; read_only_sql_transaction.
    let write =
        "insert into analytics.edition (jeu, millesime, enregistrements) values ('dvf', '2026-10', 1)";
    assert_eq!(refusal(&mut pair.at_standby("mg_writer").await?, write).await, "25006");
    let mut reader = pair.at_standby("mg_reader").await?;
    assert_ne!(refusal(&mut reader, "begin; set transaction read write").await, "accepted");
    Ok(())
}

#[tokio::test]
async fn scopes_and_masks_hold_on_the_standby() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    execute(&mut pair.at_primary("mg_super").await?, COMMUNES).await?;
    pair.caught_up().await?;
    let sql = "select code_commune, nom from dim_commune order by 1";
    let whole = [[json!("77001"), json!(null)], [json!("77002"), json!(null)]];
    assert_eq!(ask(&pair.store, &Scope::All, sql).await?, whole);
    for _ in 0..3 {
        assert_eq!(ask(&pair.store, &one_commune(), sql).await?, whole[1..]);
    }
    let mut reader = pair.at_standby("mg_scoped_reader").await?;
    let seen = "select count(*)::text from masked.dim_commune";
    assert_eq!(text(&mut reader, seen).await?, "0", "no scope");
    let pid = text(&mut reader, "select pg_backend_pid()::text").await?;
    let forged = format!("set mg.row_scope = '{pid}|9999999999|77001,77002|{}'", "0".repeat(64));
    execute(&mut reader, &forged).await?;
    assert_eq!(text(&mut reader, seen).await?, "0", "a forged scope");
    assert_eq!(refusal(&mut reader, "select nom from analytics.dim_commune").await, "42501");
    assert_eq!(refusal(&mut reader, "select key from mg.scope_key").await, "42501");
    Ok(())
}

#[tokio::test]
async fn a_caller_who_leaves_takes_his_statement_along() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    execute(&mut pair.at_primary("mg_super").await?, COMMUNES).await?;
    pair.caught_up().await?;
    let running = async |count: &str| {
        until(async || Ok(text(&mut pair.at_standby("mg_super").await?, RUNNING).await? == count)).await
    };
    for scope in [Scope::All, one_commune()] {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (store, scope) = (pair.store.clone(), scope.clone());
                tokio::spawn(async move { ask(&store, &scope, ENDLESS).await })
            })
            .collect();
        running("8").await?;
        callers.iter().for_each(tokio::task::JoinHandle::abort);
        running("0").await?;
        for _ in 0..16 {
            assert_eq!(ask(&pair.store, &scope, "select 1").await?, [[json!(1)]]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_restart_of_the_standby_is_survived() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    assert_eq!(ask(&pair.store, &Scope::All, "select 1").await?, [[json!(1)]]);
    pair.restart_standby().await?;
    // The sessions of before are noticed to be gone, and others take their place.
    assert_eq!(ask(&pair.store, &Scope::All, "select 2").await?, [[json!(2)]]);
    pair.store.record_edition("sitadel", "2026-10", 3).await?;
    pair.caught_up().await?;
    assert_eq!(ask(&pair.store, &Scope::All, EDITIONS).await?, [[json!("2026-10")]]);
    Ok(())
}

#[tokio::test]
async fn while_the_standby_is_away_queries_fail_at_once_and_writing_goes_on() -> anyhow::Result<()> {
    let mut pair = Pair::start().await?;
    let signals = pair.store.signals();
    until(async || Ok(signals.data().is_some())).await?;
    pair.stop_standby().await?;
    for _ in 0..20 {
        // Far less than the pool's or the connection's patience.
        let failed = timeout(Duration::from_secs(2), ask(&pair.store, &Scope::All, "select 1")).await?;
        let Err(StoreError::Unreachable(reason)) = failed else { panic!("{failed:?}") };
        assert!(reason.contains("read_url"), "{reason}");
    }
    assert!(matches!(pair.store.standby_state().await, Err(StoreError::Unreachable(_))));
    pair.store.record_edition("sitadel", "2026-10", 3).await?;
    assert!(pair.store.latest_edition("sitadel").await?.is_some());
    until(async || Ok(signals.data().is_none())).await?;
    let sessions = "select count(*)::text from pg_stat_activity where usename = 'mg_reader'";
    assert_eq!(text(&mut pair.at_primary("mg_super").await?, sessions).await?, "0", "the load came here");

    pair.start_standby().await?;
    let back = async || Ok(ask(&pair.store, &Scope::All, EDITIONS).await.is_ok_and(|rows| !rows.is_empty()));
    until(back).await?;
    until(async || Ok(signals.data().is_some())).await
}

#[tokio::test]
async fn what_the_standby_has_not_replayed_is_known_to_be_missing() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    let store = &pair.store;
    let signals = store.signals();
    store.record_edition("sitadel", "2026-09", 3).await?;
    pair.caught_up().await?;
    until(async || Ok(signals.data().is_some())).await?;
    let (moment, version) = (signals.data(), store.data_version().await?);
    let level = store.standby_state().await?.expect("a standby");
    assert!(level.follows && level.is_ours, "{level:?}");
    assert_eq!((level.behind_bytes, level.lag_ms), (0, Some(0)));

    let mut standby = pair.at_standby("mg_super").await?;
    execute(&mut standby, "select pg_wal_replay_pause()").await?;
    until(async || {
        let mut standby = pair.at_standby("mg_super").await?;
        Ok(text(&mut standby, "select pg_get_wal_replay_pause_state()").await? == "paused")
    })
    .await?;
    store.record_edition("sitadel", "2026-10", 4).await?;
    until(async || Ok(signals.data().is_none())).await?;
    // Rows and their version are of the same server, and nothing vouches for them being the latest.
    assert_eq!(ask(store, &Scope::All, EDITIONS).await?, [[json!("2026-09")]]);
    assert_eq!(store.data_version().await?, version);
    assert_eq!(signals.data(), None);
    let behind = store.standby_state().await?.expect("a standby");
    assert!(behind.follows && behind.behind_bytes > 0 && behind.lag_ms > Some(0), "{behind:?}");

    execute(&mut standby, "select pg_wal_replay_resume()").await?;
    until(async || Ok(signals.data().is_some())).await?;
    assert_ne!(signals.data(), moment);
    assert_ne!(store.data_version().await?, version);
    assert_eq!(ask(store, &Scope::All, EDITIONS).await?, [[json!("2026-09")], [json!("2026-10")]]);
    Ok(())
}

#[tokio::test]
async fn a_query_in_the_way_of_the_replay_is_asked_anew_and_then_told_why_it_ended() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    execute(&mut pair.at_primary("mg_super").await?, COMMUNES).await?;
    pair.caught_up().await?;
    let mut standby = pair.at_standby("mg_super").await?;
    execute(&mut standby, "alter system set max_standby_streaming_delay = 0").await?;
    execute(&mut standby, "select pg_reload_conf()").await?;
    let store = pair.store.clone();
    let caller = tokio::spawn(async move { ask(&store, &Scope::All, ENDLESS).await });
    let mut primary = pair.at_primary("mg_super").await?;
    let conflict = async {
        while !caller.is_finished() {
            if text(&mut standby, RUNNING).await? == "1" {
                execute(&mut primary, "begin; lock table analytics.dim_commune; commit").await?;
            }
            sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(60), conflict).await??;
    let ended = caller.await?;
    assert!(matches!(ended, Err(StoreError::Overtaken)), "{ended:?}");
    assert_eq!(ask(&pair.store, &Scope::All, "select count(*) from dim_commune").await?, [[json!(2)]]);
    Ok(())
}

#[tokio::test]
async fn a_column_that_changed_its_type_is_read_in_the_new_one() -> anyhow::Result<()> {
    let pair = Pair::start().await?;
    let mut owner = pair.at_primary("mg_super").await?;
    execute(
        &mut owner,
        "create table analytics.fact_shape (a int); insert into analytics.fact_shape values (1);
         grant select on analytics.fact_shape to mg_reader",
    )
    .await?;
    pair.caught_up().await?;
    assert_eq!(ask(&pair.store, &Scope::All, "table fact_shape").await?, [[json!(1)]]);
    execute(&mut owner, "alter table analytics.fact_shape alter a type text").await?;
    pair.caught_up().await?;
    assert_eq!(ask(&pair.store, &Scope::All, "table fact_shape").await?, [[json!("1")]]);
    Ok(())
}

#[tokio::test]
async fn a_server_that_follows_nobody_or_is_anothers_is_seen_as_such() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let open = async |database: &str, read_url: &str| {
        let options = StoreOptions { standby: Some(read_url.parse()?), ..StoreOptions::default() };
        let url = server.url("mg_super", "").replace("/city", &format!("/{database}"));
        anyhow::Ok(Store::open_external(&url, &ExternalLogins::default(), &options).await?)
    };
    let store = open("city", &address(server.socket_dir())).await?;
    let state = store.standby_state().await?.expect("an address");
    assert!(!state.follows && state.is_ours, "{state:?}");

    // Another's database of the same name, with logins of the same names.
    let other = Server::start().await?;
    Store::open_external(&other.url("mg_super", ""), &ExternalLogins::default(), &StoreOptions::default())
        .await?
        .close()
        .await;
    let mut superuser = session_at(other.socket_dir(), "mg_super", "city").await?;
    let mut own = session_at(server.socket_dir(), "mg_super", "city").await?;
    let secret = text(&mut own, "select secret from mg.login_secret where login = 'mg_writer'").await?;
    execute(&mut superuser, &format!("alter role mg_writer password '{secret}'")).await?;
    let astray = open("city", &address(other.socket_dir())).await?;
    let state = astray.standby_state().await?.expect("an address");
    assert!(!state.is_ours, "{state:?}");
    Ok(())
}
