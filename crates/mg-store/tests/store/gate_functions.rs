//! The gate's list of functions, held against the catalog of a real server: the list says that
//! each name only computes, the catalog says how each overload is made.

use std::collections::HashSet;

use mg_testkit::TestDatabase;

use crate::session::{session, texts};

/// The volatile ones, which the list gives reasons for.
const VOLATILE: [&str; 4] = ["clock_timestamp", "gen_random_uuid", "random", "random_normal"];

/// Overloads that the rule catches and that do no harm: the first counts transactions since a
/// row's `xmin`; no statement can make the argument of the second.
const ODD: [&str; 2] = ["age(xid)", "text(xml)"];

/// Names that came with Postgres 14 or later, and so are not on every server.
const NOT_EVERYWHERE: [&str; 34] = [
    "any_value",
    "array_reverse",
    "array_sort",
    "bit_count",
    "bit_xor",
    "casefold",
    "crc32",
    "crc32c",
    "date_add",
    "date_bin",
    "date_subtract",
    "datemultirange",
    "erf",
    "erfc",
    "extract",
    "int4multirange",
    "int8multirange",
    "multirange",
    "nummultirange",
    "random_normal",
    "range_agg",
    "range_intersect_agg",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_substr",
    "string_to_table",
    "to_bin",
    "to_oct",
    "trim_array",
    "tsmultirange",
    "tstzmultirange",
    "unistr",
    "uuid_extract_timestamp",
];

/// The listed names as a list of literals.
fn listed() -> String {
    mg_gate::functions().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

async fn ask(database: &TestDatabase, sql: &str) -> anyhow::Result<Vec<String>> {
    let mut superuser = session(database, "mg_super").await?;
    texts(&mut superuser, sql).await
}

#[tokio::test]
async fn each_overload_of_a_listed_function_only_computes() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    // Written in C by the server's own authors, or in SQL of one expression as pg_catalog has it.
    let odd = format!(
        "select p.oid::regprocedure::text from pg_proc p join pg_language l on l.oid = p.prolang
         where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in ({})
           and (l.lanname not in ('internal', 'sql') or p.prosecdef or p.proconfig is not null
                or p.provolatile = 'v' and p.proname not in ({})
                -- Parallel-restricted or unsafe is what touches the state of its session.
                or p.proparallel <> 's' and p.proname not in ('random', 'random_normal')
                or p.prokind not in ('f', 'a', 'w')
                -- What takes or gives the name of something in the catalog looks it up.
                or array[p.prorettype] || p.proargtypes::oid[] && array['regclass', 'regproc', 'regprocedure',
                       'regrole', 'regnamespace', 'xml', 'refcursor', 'aclitem']::regtype[]::oid[])
         order by 1",
        listed(),
        VOLATILE.map(|name| format!("'{name}'")).join(", ")
    );
    assert_eq!(ask(&database, &odd).await?, ODD);
    Ok(())
}

#[tokio::test]
async fn each_listed_function_is_one_of_the_server() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let there = "select distinct proname::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace";
    let there: HashSet<String> = ask(&database, there).await?.into_iter().collect();
    let missing: Vec<&str> = mg_gate::functions()
        .filter(|name| !there.contains(*name) && !NOT_EVERYWHERE.contains(name))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "a slip of the pen, or a line for NOT_EVERYWHERE");
    Ok(())
}
