//! A server of the user's own: logins made, rights given, and what could not be said so.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use mg_core::Scope;
use mg_gate::{Gate, Policy};
use mg_store::query::Limits;
use mg_store::{Cluster, ExternalLogins, Store, StoreError, StoreOptions};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::fresh_cluster::DataFolder;
use crate::session::{execute, session_at, text};

#[tokio::test]
async fn a_superusers_url_gives_everything() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let store = server.open("mg_super").await?;
    assert_eq!(store.gaps(), Vec::<String>::new());
    works(&store).await?;
    assert!(store.server_version().await?.parse::<f32>()? >= 13.0);
    store.close().await;

    // Passwords are asked of writer and reader, and the drawn ones are taken.
    let mut owner = session_at(server.socket_dir(), "mg_super", "city").await?;
    for login in ["mg_writer", "mg_reader"] {
        let secret =
            text(&mut owner, &format!("select secret from mg.login_secret where login = '{login}'")).await?;
        assert_eq!(secret.len(), 64);
        let wrong = Store::open_external(
            &server.url(login, "wrong"),
            &ExternalLogins::default(),
            &StoreOptions::default(),
        )
        .await;
        let said = wrong.expect_err("a wrong password").to_string();
        assert!(said.contains("password authentication failed"), "{said}");
    }
    let reader = "select has_function_privilege('mg_reader', 'pg_sleep(float8)', 'execute')::text
                      || has_schema_privilege('mg_reader', 'mg', 'usage')::text
                      || has_table_privilege('mg_reader', 'kpi.value', 'select')::text
                      || has_table_privilege('mg_writer', 'mg.login_secret', 'select')::text";
    assert_eq!(text(&mut owner, reader).await?, "falsefalsetruefalse");
    Ok(())
}

#[tokio::test]
async fn opening_again_finds_the_same_logins_and_data() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let first = server.open("mg_super").await?;
    first.record_edition("dvf", "2026-10", 1).await?;
    let second = server.open("mg_super").await?;
    assert!(second.latest_edition("dvf").await?.is_some());
    works(&first).await?;
    works(&second).await
}

#[tokio::test]
async fn several_processes_may_open_it_at_the_same_time() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let opened = tokio::join!(
        server.open("mg_super"),
        server.open("mg_super"),
        server.open("mg_super"),
        server.open("mg_super")
    );
    for store in [opened.0?, opened.1?, opened.2?, opened.3?] {
        assert_eq!(store.gaps(), Vec::<String>::new());
        works(&store).await?;
        store.close().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_login_that_may_make_roles_says_what_only_a_superuser_could_take_away() -> anyhow::Result<()> {
    let server = Server::start().await?;
    server.make_owner("admin", "createrole").await?;
    let store = server.open("admin").await?;
    works(&store).await?;
    let gaps = store.gaps().join("\n");
    assert!(gaps.contains("pg_sleep") && gaps.contains("superuser"), "{gaps}");
    assert!(gaps.contains("temp_file_limit"), "{gaps}");
    let mut owner = session_at(server.socket_dir(), "admin", "city").await?;
    let reads = "select has_schema_privilege('mg_reader', 'mg', 'usage')::text";
    assert_eq!(text(&mut owner, reads).await?, "false");
    Ok(())
}

#[tokio::test]
async fn a_login_with_few_rights_works_alone_and_says_so() -> anyhow::Result<()> {
    let server = Server::start().await?;
    server.make_owner("clerk", "createdb").await?;
    let store = server.open("clerk").await?;
    works(&store).await?;
    let gaps = store.gaps().join("\n");
    for part in ["CREATEROLE", "may write facts", "may read the platform's own books", "pg_sleep"] {
        assert!(gaps.contains(part), "{part} is missing in: {gaps}");
    }
    let mut superuser = session_at(server.socket_dir(), "mg_super", "city").await?;
    let logins = "select count(*)::text from pg_roles where rolname in ('mg_writer', 'mg_reader')";
    assert_eq!(text(&mut superuser, logins).await?, "0");
    Ok(())
}

#[tokio::test]
async fn logins_that_an_administrator_made_are_used_as_given() -> anyhow::Result<()> {
    let server = Server::start().await?;
    server.make_owner("clerk", "").await?;
    // The administrator grants once the tables are there.
    server.open("clerk").await?.close().await;
    let mut superuser = session_at(server.socket_dir(), "mg_super", "city").await?;
    execute(
        &mut superuser,
        "create role filler login; create role looker login;
         grant usage on schema analytics, kpi, mg to filler; grant usage on schema analytics, kpi to looker;
         grant all on all tables in schema analytics, kpi, mg to filler;
         grant select on all tables in schema analytics, kpi to looker",
    )
    .await?;
    let logins = ExternalLogins {
        writer_url: Some(server.url("filler", "")),
        reader_url: Some(server.url("looker", "")),
    };
    let store = Store::open_external(&server.url("clerk", ""), &logins, &StoreOptions::default()).await?;
    let gaps = store.gaps().join("\n");
    assert!(gaps.contains("pg_sleep"), "{gaps}");
    for mended in ["CREATEROLE", "may write facts", "may read the platform's own books"] {
        assert!(!gaps.contains(mended), "{mended} is said in: {gaps}");
    }
    works(&store).await?;
    let seen = "select string_agg(distinct usename, ' ' order by usename)
                from pg_stat_activity where datname = 'city' and usename <> 'mg_super'";
    assert_eq!(text(&mut superuser, seen).await?, "filler looker");
    Ok(())
}

#[tokio::test]
async fn one_given_login_without_the_other_is_refused() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let half = ExternalLogins { writer_url: None, reader_url: Some(server.url("looker", "")) };
    let refused = Store::open_external(&server.url("mg_super", ""), &half, &StoreOptions::default()).await;
    assert!(matches!(refused, Err(StoreError::HalfTheLogins)), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn attaching_changes_nothing_and_needs_a_database_that_is_prepared() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let (url, none) = (server.url("mg_super", ""), ExternalLogins::default());
    let refused = Store::attach_external(&url, &none, &StoreOptions::default()).await;
    assert!(matches!(refused, Err(StoreError::NotPrepared)), "{refused:?}");
    server.open("mg_super").await?.close().await;
    let attached = Store::attach_external(&url, &none, &StoreOptions::default()).await?;
    assert_eq!(attached.gaps(), Vec::<String>::new());
    works(&attached).await
}

#[tokio::test]
async fn a_second_database_does_not_take_over_the_logins_of_the_first() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let first = server.open("mg_super").await?;
    let mut superuser = session_at(server.socket_dir(), "mg_super", "city").await?;
    execute(&mut superuser, "create database staging").await?;
    let staging = server.url("mg_super", "").replace("/city", "/staging");
    let refused = Store::open_external(&staging, &ExternalLogins::default(), &StoreOptions::default()).await;
    assert!(matches!(refused, Err(StoreError::ForeignLogin(_))), "{refused:?}");
    first.close().await;
    works(&server.open("mg_super").await?).await
}

#[tokio::test]
async fn a_server_older_than_13_is_refused_and_left_as_it_was() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut superuser = session_at(server.socket_dir(), "mg_super", "city").await?;
    // A server of today that says it is one of yesterday.
    execute(
        &mut superuser,
        "create function public.current_setting(text) returns text language sql as $$ select '120022'::text $$;
         alter role mg_super in database city set search_path = public, pg_catalog",
    )
    .await?;
    let refused = server.open("mg_super").await;
    assert!(matches!(refused, Err(StoreError::TooOld(12))), "{refused:?}");
    let schemas = "select count(*)::text from pg_namespace where nspname in ('analytics', 'kpi', 'mg')";
    assert_eq!(text(&mut superuser, schemas).await?, "0");
    Ok(())
}

#[tokio::test]
async fn a_url_that_leads_nowhere_is_told_without_its_password() -> anyhow::Result<()> {
    for url in ["postgres://mg:hunter2@127.0.0.1:1/city", "mysql://mg:hunter2@db/city", "hunter2"] {
        let refused = Store::open_external(url, &ExternalLogins::default(), &StoreOptions::default()).await;
        let said = refused.expect_err("nothing is there").to_string();
        assert!(!said.contains("hunter2"), "{said}");
        assert!(said.contains("cannot be reached"), "{said}");
    }
    Ok(())
}

/// Writes as the writer, and reads it back as the reader.
async fn works(store: &Store) -> anyhow::Result<()> {
    store.record_edition("sitadel", "2026-10", 3).await?;
    let policy = Policy::reading(["analytics"]);
    let query = Gate::new(policy).admit("select enregistrements from edition where jeu = 'sitadel'");
    let limits = Limits { rows: 10, bytes: 1_000, cell_chars: 1_000, timeout_ms: 10_000 };
    let rows = store.query(&Scope::All, &query.expect("a query"), limits).await?.rows;
    assert_eq!(rows, [[json!(3)]]);
    Ok(())
}

/// A server that is not the platform's own: it has a database `city`, trusts who says who they
/// are, but asks writer and reader for their passwords. Whoever wants to follow it may.
pub(crate) struct Server {
    cluster: Cluster,
    _folder: DataFolder,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = DataFolder::open("data")?;
        let cluster = folder.start().await?;
        let mut superuser = session_at(cluster.socket_dir(), "mg_super", "postgres").await?;
        execute(&mut superuser, "create database city").await?;
        execute(&mut superuser, "create role stranger login").await?;
        let rules = "local all mg_writer,mg_reader scram-sha-256\nlocal all all trust\n\
                     local replication all trust\n";
        rewrite(&folder.path().join("postgres/data/pg_hba.conf"), rules)?;
        execute(&mut superuser, "select pg_reload_conf()").await?;
        // The server takes new rules up in its own time: it has when a stranger gets in.
        let taken_up = async {
            while session_at(cluster.socket_dir(), "stranger", "city").await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(20), taken_up).await.context("the server kept its old rules")?;
        Ok(Self { cluster, _folder: folder })
    }

    pub(crate) fn socket_dir(&self) -> &Path {
        self.cluster.socket_dir()
    }

    /// As `DATABASE_URL` would name it.
    pub(crate) fn url(&self, login: &str, password: &str) -> String {
        let host = self.socket_dir().display().to_string().replace('/', "%2F");
        format!("postgres://{login}:{password}@{host}/city")
    }

    async fn open(&self, login: &str) -> Result<Store, StoreError> {
        Store::open_external(&self.url(login, ""), &ExternalLogins::default(), &StoreOptions::default()).await
    }

    /// A login that owns the database and no more.
    async fn make_owner(&self, login: &str, attributes: &str) -> anyhow::Result<()> {
        let mut superuser = session_at(self.socket_dir(), "mg_super", "city").await?;
        execute(&mut superuser, &format!("create role {login} login {attributes}")).await?;
        execute(&mut superuser, &format!("alter database city owner to {login}")).await?;
        Ok(())
    }
}

/// Into the same file, so that it stays its owner's.
fn rewrite(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("rewriting {}", path.display()))
}
