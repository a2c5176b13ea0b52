//! The record of calls: appended, chained, and found out when it was touched.

use chrono::{DateTime, TimeDelta, Utc};
use mg_store::audit::{AuditFault, AuditLine};
use mg_testkit::TestDatabase;

use crate::session::{execute, refusal, session};

fn line(number: i64) -> AuditLine {
    AuditLine {
        at: DateTime::from_timestamp_nanos(1_790_000_000_123_456_789) + TimeDelta::seconds(number),
        principal: "claude".to_owned(),
        token: Some(7),
        role: "viewer".to_owned(),
        scope: "77001,77002".to_owned(),
        face: "mcp".to_owned(),
        tool: if number % 2 == 0 { "run_sql" } else { "get_indicator" }.to_owned(),
        fingerprint: None,
        request: Some(format!("select {number} -- é")),
        rows: Some(number),
        bytes: None,
        duration_us: number * 1_000,
        outcome: if number == 4 { "sql_syntax" } else { "ok" }.to_owned(),
    }
}

#[tokio::test]
async fn a_whole_chain_verifies_and_any_touch_is_found() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let empty = store.verify_audit().await?;
    assert_eq!((empty.lines, empty.fault), (0, None));
    store.append_audit(&(1..=5).map(line).collect::<Vec<_>>()).await?;
    store.append_audit(&(6..=9).map(line).collect::<Vec<_>>()).await?;
    let whole = store.verify_audit().await?;
    assert_eq!((whole.lines, &whole.fault, whole.head.0), (9, &None, 9));
    assert_eq!(store.audit_hash(9).await?, Some(whole.head.1));

    let mut owner = session(&database, "mg_owner").await?;
    let mut tampered = async |change: &str| {
        let change = format!("begin; alter table mg.audit disable trigger user; {change}");
        execute(&mut owner, &change).await?;
        execute(&mut owner, "commit").await?;
        let verdict = store.verify_audit().await?;
        anyhow::Ok(verdict.fault)
    };
    for (change, back, fault) in [
        (
            "update mg.audit set request = 'select 1' where seq = 3",
            "update mg.audit set request = 'select 3 -- é' where seq = 3",
            AuditFault::Changed(3),
        ),
        (
            "update mg.audit set principal = 'x' where seq = 9",
            "update mg.audit set principal = 'claude' where seq = 9",
            AuditFault::Changed(9),
        ),
        (
            "update mg.audit set rows = null where seq = 1",
            "update mg.audit set rows = 1 where seq = 1",
            AuditFault::Changed(1),
        ),
        (
            "update mg.audit set at = at + interval '1 microsecond' where seq = 2",
            "update mg.audit set at = at - interval '1 microsecond' where seq = 2",
            AuditFault::Changed(2),
        ),
    ] {
        assert_eq!(tampered(change).await?, Some(fault), "{change}");
        assert_eq!(tampered(back).await?, None, "{back}");
    }
    assert_eq!(tampered("delete from mg.audit where seq = 5").await?, Some(AuditFault::Missing(5)));
    assert_eq!(
        tampered("delete from mg.audit where seq > 4").await?,
        Some(AuditFault::Missing(5)),
        "the end is gone"
    );
    assert_eq!(tampered("delete from mg.audit").await?, Some(AuditFault::Missing(1)));
    Ok(())
}

#[tokio::test]
async fn nobody_but_the_owner_by_force_changes_what_is_written() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    database.store.append_audit(&[line(1)]).await?;
    for login in ["mg_writer", "mg_owner", "mg_super"] {
        let mut session = session(&database, login).await?;
        for statement in ["update mg.audit set rows = 0", "delete from mg.audit", "truncate mg.audit"] {
            assert_eq!(refusal(&mut session, statement).await, "42501", "{login}: {statement}");
        }
    }
    let mut writer = session(&database, "mg_writer").await?;
    execute(&mut writer, "set mg.audit_pruning = 'on'").await?;
    assert_eq!(refusal(&mut writer, "delete from mg.audit").await, "42501");
    assert_eq!(refusal(&mut session(&database, "mg_reader").await?, "select * from mg.audit").await, "42501");
    Ok(())
}

#[tokio::test]
async fn retention_takes_the_oldest_and_the_rest_still_verifies() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let old = DateTime::<Utc>::from_timestamp_nanos(1_600_000_000_000_000_000);
    let lines: Vec<AuditLine> = (1..=6)
        .map(|number| AuditLine {
            at: if number <= 4 { old } else { line(number).at + TimeDelta::days(36_500) },
            ..line(number)
        })
        .collect();
    store.append_audit(&lines).await?;
    assert_eq!(store.prune_audit_after(30).await?, 4);
    let verdict = store.verify_audit().await?;
    assert_eq!((verdict.lines, verdict.head.0, verdict.fault), (2, 6, None));
    assert_eq!(store.prune_audit_after(0).await?, 0, "what is younger than a week stays");
    store.append_audit(&[line(7)]).await?;
    assert_eq!(store.verify_audit().await?.fault, None);
    Ok(())
}

#[tokio::test]
async fn many_writers_make_one_chain() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = database.store.clone();
        writers.spawn(async move { store.append_audit(&[line(number), line(number + 100)]).await });
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    let verdict = database.store.verify_audit().await?;
    assert_eq!((verdict.lines, verdict.fault), (40, None));
    let statistics = database.store.call_statistics(DateTime::UNIX_EPOCH, Some(("claude", Some(7)))).await?;
    assert_eq!(statistics.iter().map(|tool| tool.calls).sum::<i64>(), 40);
    assert_eq!(statistics.iter().map(|tool| tool.failed).sum::<i64>(), 1);
    let slowest = statistics.iter().find(|tool| tool.tool == "get_indicator").expect("half of them");
    assert_eq!((slowest.slowest_ms, slowest.slowest_request.as_deref()), (119.0, Some("select 119 -- é")));
    Ok(())
}
