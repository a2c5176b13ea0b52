//! Retention takes what is old and leaves what is needed; advice names what is in the way.

use anyhow::{Context, ensure};
use mg_store::Store;
use mg_store::upkeep::{PrunedBook, Retention};
use mg_testkit::TestDatabase;

use crate::session::{session, texts};

const ALL: Retention = Retention {
    task_log_days: Some(30),
    run_days: Some(100),
    alert_days: Some(100),
    reject_days: Some(100),
    audit_days: Some(100),
};

/// Four runs a DAG: two old, one that is old and the last of its state, one of today.
const BOOKS: &str = "
    insert into mg.run (dag, parameters, state, requested_by, requested_through, created_at, started_at, finished_at)
    select dag, '{}', state, 'a test', 'cli', at, at, at
    from unnest(array['sitadel', 'dvf']) dag,
         (values (1, 'succeeded', 200), (2, 'succeeded', 190), (3, 'failed', 180), (4, 'succeeded', 0)) as r (n, state, age),
         lateral (select now() - make_interval(days => age) as at) a
    order by n;
    insert into mg.task (run_id, name, job, input, state, attempt, max_attempts, started_at, finished_at)
    select id, 'permis', 'crawl', '{}', state, 1, 1, finished_at, finished_at from mg.run;
    insert into mg.task_log (task_id, attempt, at, level, message)
    select id, 1, finished_at - make_interval(days => age), 'info', 'said' from mg.task, unnest(array[0, 40]) age;
    insert into mg.task_attempt (task_id, attempt, worker, started_at, finished_at, outcome)
    select id, 1, 'w', finished_at, finished_at, 'succeeded' from mg.task;
    insert into mg.table_write (table_name, run_id, task_id, attempt) select 'analytics.fact_permis', run_id, id, 1 from mg.task;
    insert into mg.reject (run_id, spider, source, line, reason, content, rejected_at)
    select id, 'sitadel', 'a file', id, 'why', '', finished_at from mg.run;
    insert into mg.alert (key, kind, dag, kpi, since, detected_at)
    select 'stale:' || kpi || age, 'stale', 'dvf', kpi, now(), now() - make_interval(days => age)
    from (values ('mutations', 300), ('mutations', 200), ('prix', 200)) as a (kpi, age) order by age desc;
    insert into mg.alert (key, kind, dag, run_id, since, detected_at)
    select 'failure:' || age, 'failure', 'dvf', 1, now(), now() - make_interval(days => age) from unnest(array[150, 1]) age;
    insert into mg.schedule (name, dag, origin, definition, made_by) values ('nightly', 'dvf', 'code', '{}', 'a test');
    insert into mg.schedule_skip (schedule_id, first_instant, last_instant, why, at)
    select 1, at, at, 'overlap', at from unnest(array[now() - interval '150 days', now()]) at;
    insert into mg.schedule_change (schedule_id, what, version, definition, parameters, by, at)
    select 1, what, 1, '{}', '{}', 'a test', now() - interval '150 days'
    from unnest(array['made', 'paused', 'resumed', 'paused']) what;
    insert into mg.backfill (schedule_id, first_instant, last_instant, width, made_by, made_at)
    select 1, now(), now(), 1, 'a test', now() - make_interval(days => age) from unnest(array[150, 1]) age;
    insert into mg.alert_lane (channel, dag, next_at)
    values ('mail', 'gone', now() - interval '150 days'), ('mail', 'dvf', now());";

#[tokio::test]
async fn what_is_old_goes_and_the_last_of_each_stays() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    database.execute("mg_owner", BOOKS)?;
    let store = &database.store;
    let kept = store.prune_books(&Retention::default()).await?;
    ensure!(kept.iter().all(|book| book.lines == 0), "it was told to keep all: {kept:?}");
    // The runs of the last state of each DAG stay, and with them what hangs on them.
    let pruned = store.prune_books(&ALL).await?;
    let expected = [
        ("task_log", 14),
        ("run", 4),
        ("schedule_skip", 1),
        ("schedule_change", 2),
        ("backfill", 1),
        ("alert_lane", 1),
        ("alert", 2),
        ("reject", 6),
        ("audit", 0),
    ];
    for (book, lines) in expected {
        ensure!(pruned.contains(&PrunedBook { book, lines }), "{book}: {pruned:?}");
    }
    let mut owner = session(&database, "mg_owner").await?;
    let left = texts(
        &mut owner,
        "select dag || ' ' || state || ' ' || count(*) from mg.run group by dag, state order by 1",
    )
    .await?;
    ensure!(
        left == ["dvf failed 1", "dvf succeeded 1", "sitadel failed 1", "sitadel succeeded 1"],
        "{left:?}"
    );
    for table in ["task", "task_attempt", "table_write"] {
        let left = texts(&mut owner, &format!("select count(*)::text from mg.{table}")).await?;
        ensure!(left == ["4"], "{table}: {left:?}");
    }
    let alerts = texts(&mut owner, "select key from mg.alert order by 1").await?;
    ensure!(alerts == ["failure:1", "stale:mutations200", "stale:prix200"], "{alerts:?}");
    let again = store.prune_books(&ALL).await?;
    ensure!(again.iter().all(|book| book.lines == 0), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn more_lines_than_one_statement_takes_go_all_the_same() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    database.execute(
        "mg_owner",
        "insert into mg.reject (spider, source, line, reason, content, rejected_at)
         select 'dvf', 'a file', n, 'why', '', now() - interval '101 days' from generate_series(1, 4500) n",
    )?;
    let pruned = database.store.prune_books(&ALL).await?;
    ensure!(pruned.contains(&PrunedBook { book: "reject", lines: 4500 }), "{pruned:?}");
    Ok(())
}

#[tokio::test]
async fn dead_rows_and_stale_statistics_are_named_with_what_to_do() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let quiet = store.upkeep_advice().await?;
    ensure!(quiet.is_empty(), "a new database needs nothing: {quiet:?}");
    database.execute(
        "mg_owner",
        "create table analytics.worn (a int) with (autovacuum_enabled = off);
         insert into analytics.worn select generate_series(1, 60000);
         delete from analytics.worn where a > 20000;",
    )?;
    let worn = advice(store, "dead_rows").await?;
    ensure!(worn.subject == "analytics.worn" && worn.figure.contains("40000 dead"), "{worn:?}");
    ensure!(worn.advice.contains("vacuum (analyze) analytics.worn"), "{worn:?}");
    ensure!(advice(store, "stale_statistics").await?.advice == "analyze analytics.worn");
    Ok(())
}

async fn advice(store: &Store, kind: &str) -> anyhow::Result<mg_store::upkeep::Advice> {
    let all = store.upkeep_advice().await?;
    let found = all.iter().find(|advice| advice.kind == kind).cloned();
    found.with_context(|| format!("no advice on {kind}: {all:?}"))
}
