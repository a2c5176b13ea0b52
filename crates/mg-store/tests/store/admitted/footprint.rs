//! All that a statement could leave behind in a server, as lines to compare.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mg_testkit::TestDatabase;

use crate::session::{session, texts};

/// Catalogs that a change of anything but rows shows in, and what of each is compared. Each
/// yields one text.
const CATALOGS: [(&str, &str); 13] = [
    ("relations", "select md5(string_agg(concat_ws(' ', oid, relname, relowner, relacl, reloptions), ',' order by oid)) from pg_class"),
    ("columns", "select md5(string_agg(concat_ws(' ', attrelid, attname, attacl), ',' order by attrelid, attnum)) from pg_attribute"),
    ("functions", "select md5(string_agg(concat_ws(' ', oid, proname, proacl, prosrc), ',' order by oid)) from pg_proc"),
    ("types", "select count(*)::text from pg_type"),
    ("schemas", "select md5(string_agg(n::text, ',' order by oid)) from pg_namespace n"),
    ("comments", "select md5(string_agg(d::text, ',' order by d::text)) from pg_description d"),
    ("databases", "select md5(string_agg(concat_ws(' ', oid, datname, datacl), ',' order by oid)) from pg_database"),
    ("roles", "select md5(string_agg(a::text, ',' order by oid)) from pg_authid a"),
    ("members", "select md5(coalesce(string_agg(m::text, ',' order by m::text), '')) from pg_auth_members m"),
    ("settings of roles", "select coalesce(string_agg(s::text, ',' order by s::text), '') from pg_db_role_setting s"),
    ("settings", "select md5(string_agg(concat_ws(' ', name, setting, source), ',' order by name)) from pg_settings"),
    ("large objects", "select concat_ws(' ', count(*), max(oid)) from pg_largeobject_metadata"),
    (
        "locks and messages",
        "select concat_ws(' ', (select count(*) from pg_locks where locktype = 'advisory'),
                          (select count(*) from pg_prepared_xacts), (select count(*) from pg_replication_slots),
                          pg_notification_queue_usage())",
    ),
];

/// Parts of the data folder that the server writes by itself, whatever it is asked.
const OWN_FILES: [&str; 9] = [
    "pg_wal",
    "pg_stat",
    "pg_stat_tmp",
    "pg_xact",
    "pg_subtrans",
    "pg_multixact",
    "pg_logical",
    "pgsql_tmp",
    "pg_internal.init",
];

/// What there is now: a line a table with a checksum of its rows, a line a sequence, a line a
/// catalog, a line a file.
pub(crate) async fn footprint(database: &TestDatabase) -> anyhow::Result<Vec<String>> {
    let mut superuser = session(database, "mg_super").await?;
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
                  where schemaname not in ('pg_catalog', 'information_schema') order by 1";
    let sequences =
        "select concat_ws(' ', schemaname, sequencename, last_value) from pg_sequences order by 1";
    let mut lines = texts(&mut superuser, sequences).await?;
    for table in texts(&mut superuser, tables).await? {
        let rows = format!(
            "select concat_ws(' ', count(*), md5(string_agg(r::text, ',' order by r::text))) from {table} r"
        );
        let rows = texts(&mut superuser, &rows).await.with_context(|| table.clone())?;
        lines.push(format!("{table}: {rows:?}"));
    }
    for (name, sql) in CATALOGS {
        lines.push(format!("{name}: {:?}", texts(&mut superuser, sql).await.context(name)?));
    }
    files(&database.folder().join("postgres"), &mut lines)?;
    Ok(lines)
}

/// The names of all files below `folder`.
fn files(folder: &Path, lines: &mut Vec<String>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if OWN_FILES.iter().any(|own| name == *own) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files(&entry.path(), lines)?;
        } else {
            lines.push(format!("file {}", entry.path().display()));
        }
    }
    Ok(())
}
