//! What the reader's and the owner's login may do, by Postgres' own word. The gate is left out:
//! this wall must hold where the gate errs.

use mg_testkit::TestDatabase;

use crate::session::{execute, refusal, session, text, texts};

/// SQLSTATE of a missing right.
const DENIED: &str = "42501";
/// SQLSTATE of a write in a read-only transaction.
const READ_ONLY: &str = "25006";

#[tokio::test]
async fn the_reader_reads_every_table_of_facts_and_kpis() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut reader = session(&database, "mg_reader").await?;
    let tables = database.store.tables().await?;
    assert!(tables.len() >= 9, "{tables:?}");
    for table in tables {
        execute(&mut reader, &format!("select * from {}.{}", table.schema, table.name)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_reader_sees_nothing_of_the_platforms_books() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    let books = "select format('%I.%I', schemaname, tablename) from pg_tables
                 where schemaname not in ('analytics', 'kpi', 'pg_catalog', 'information_schema')";
    let books = texts(&mut superuser, books).await?;
    assert!(books.contains(&"mg.token".to_owned()) && books.contains(&"public._sqlx_migrations".to_owned()));
    let mut reader = session(&database, "mg_reader").await?;
    for book in books {
        assert_eq!(refusal(&mut reader, &format!("select * from {book}")).await, DENIED, "{book}");
    }
    Ok(())
}

#[tokio::test]
async fn the_reader_writes_nothing_even_in_a_transaction_turned_read_write() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut reader = session(&database, "mg_reader").await?;
    for statement in [
        "insert into analytics.dim_commune (code_commune, nom) values ('77001', 'x')",
        "update analytics.dim_commune set nom = 'x'",
        "delete from kpi.value",
        "create table analytics.mine (x int)",
        "create temp table mine (x int)",
    ] {
        assert_eq!(refusal(&mut reader, statement).await, READ_ONLY, "{statement}");
        execute(&mut reader, "begin; set transaction read write").await?;
        assert_eq!(refusal(&mut reader, statement).await, DENIED, "{statement}, read write");
        execute(&mut reader, "rollback").await?;
    }
    for statement in [
        "truncate kpi.value",
        "drop table kpi.value",
        "alter table kpi.value add column x int",
        "create schema mine",
        "create table public.mine (x int)",
        "create function analytics.mine() returns int language sql as 'select 1'",
        "create role mine",
        "alter role mg_reader superuser",
        "copy kpi.value to '/tmp/mine'",
        "copy kpi.value to program 'cat'",
        "lock table kpi.value in access exclusive mode",
        "set role mg_owner",
        "set role mg_writer",
        "set session authorization mg_super",
    ] {
        execute(&mut reader, "begin; set transaction read write").await?;
        assert_eq!(refusal(&mut reader, statement).await, DENIED, "{statement}");
        execute(&mut reader, "rollback").await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_reader_cannot_call_what_a_read_only_transaction_does_not_stop() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut reader = session(&database, "mg_reader").await?;
    for call in [
        "set_config('search_path', 'mg', false)",
        "pg_sleep(0)",
        "pg_sleep_for('0 s')",
        "pg_sleep_until(now())",
        "pg_notify('a', 'b')",
        "pg_advisory_lock(1)",
        "pg_advisory_xact_lock(1, 2)",
        "pg_try_advisory_lock_shared(1)",
        "pg_advisory_unlock_all()",
        "pg_terminate_backend(pg_backend_pid())",
        "pg_cancel_backend(pg_backend_pid())",
        "pg_reload_conf()",
        "pg_export_snapshot()",
        "pg_logical_emit_message(true, 'a', 'b')",
        "pg_read_file('/etc/passwd')",
        "pg_ls_dir('/')",
        "lo_creat(-1)",
        "lo_create(0)",
        "lo_from_bytea(0, 'x')",
        "lo_import('/etc/passwd')",
        "lo_export(1, '/tmp/mine')",
        "lo_get(1)",
        "lo_put(1, 0, 'x')",
        "lo_open(1, 262144)",
        "lo_unlink(1)",
        "loread(0, 1)",
        "lowrite(0, 'x')",
        "query_to_xml('select 1', true, true, '')",
        "ts_stat('select null::tsvector')",
    ] {
        execute(&mut reader, "begin; set transaction read write").await?;
        assert_eq!(refusal(&mut reader, &format!("select {call}")).await, DENIED, "{call}");
        execute(&mut reader, "rollback").await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_function_of_the_dangerous_families_was_forgotten() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    // Left out: what needs a large object that is open, what reads only what the reader may,
    // and what asks for a superuser itself.
    let callable = "select p.oid::regprocedure::text from pg_proc p
                    where p.proname ~ '^(pg_sleep|pg_notify|set_config|pg_terminate|pg_cancel|pg_ls_|pg_read_|lo_)|advisory|_to_xml|ts_stat'
                      and p.proname !~ '^(lo_close|lo_lseek(64)?|lo_tell(64)?|(table|schema|database)_to_xml.*|pg_read_file_old)$'
                      and has_function_privilege('mg_reader', p.oid, 'execute') and p.prokind = 'f'";
    assert_eq!(texts(&mut superuser, callable).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn none_of_the_logins_is_mighty_or_member_of_anything() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut superuser = session(&database, "mg_super").await?;
    let mighty = "select rolname::text from pg_roles
                  where rolname in ('mg_reader', 'mg_scoped_reader', 'mg_writer', 'mg_owner')
                    and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)";
    assert_eq!(texts(&mut superuser, mighty).await?, Vec::<String>::new());
    // The writer is the readers' so far as to cancel what a caller who left has running.
    let members = "select m.rolname || ' of ' || r.rolname from pg_auth_members a
                   join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
                   where m.rolname like 'mg\\_%' and m.rolname <> 'mg_super' order by 1";
    let expected = ["mg_writer of mg_reader", "mg_writer of mg_scoped_reader"];
    assert_eq!(texts(&mut superuser, members).await?, expected);
    let owners =
        "select distinct tableowner::text from pg_tables where schemaname in ('analytics', 'kpi', 'mg')";
    assert_eq!(texts(&mut superuser, owners).await?, ["mg_owner"]);
    Ok(())
}

#[tokio::test]
async fn each_session_of_the_reader_begins_with_its_limits() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut reader = session(&database, "mg_reader").await?;
    for (setting, value) in [
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "1min"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("work_mem", "32MB"),
        ("temp_file_limit", "512MB"),
        ("search_path", "masked, analytics, kpi"),
    ] {
        assert_eq!(text(&mut reader, &format!("show {setting}")).await?, value, "{setting}");
    }
    for statement in ["set temp_file_limit = -1", "set session_replication_role = replica"] {
        assert_eq!(refusal(&mut reader, statement).await, DENIED, "{statement}");
    }
    Ok(())
}
