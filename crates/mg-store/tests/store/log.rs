//! Logs of tasks: what is found, and that who follows them misses no line that comes late.

use mg_core::RunId;
use mg_store::log::{LogFilter, LogPart};
use mg_store::run::{NewRun, NewTask};
use mg_store::task::{ClaimedTask, LogEntry, LogLevel};
use mg_testkit::TestDatabase;
use serde_json::{Value, json};

async fn begun(database: &TestDatabase) -> anyhow::Result<(RunId, ClaimedTask)> {
    let store = &database.store;
    let task = NewTask::new("parler", "talk", Value::Null);
    let run = store.create_run(&NewRun::new("parole", "a test", "cli", vec![task])).await?;
    let worker = store.register_worker("a test").await?;
    let claimed = store.claim_task(worker, &["talk".to_owned()]).await?;
    Ok((run, claimed.ok_or_else(|| anyhow::anyhow!("no task"))?))
}

/// A line with this id, said so long ago.
fn line(database: &TestDatabase, task: &ClaimedTask, id: i64, ago: &str) -> anyhow::Result<()> {
    database.execute(
        "mg_writer",
        &format!(
            "insert into mg.task_log (id, task_id, attempt, level, message, at) overriding system value
             values ({id}, {}, 1, 'info', 'line {id}', now() - interval '{ago}')",
            task.id
        ),
    )
}

#[tokio::test]
async fn lines_behind_one_that_may_still_come_wait_for_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (_, task) = begun(&database).await?;
    let settled = async || anyhow::Ok(database.store.settled_lines().await?);
    assert_eq!((settled().await?.line, settled().await?.is_last), (0, true));
    line(&database, &task, 1, "1 hour")?;
    line(&database, &task, 2, "1 hour")?;
    assert_eq!((settled().await?.line, settled().await?.is_last), (2, true));
    // 3 was given to a transaction that has not ended.
    line(&database, &task, 4, "-1 hour")?;
    assert_eq!((settled().await?.line, settled().await?.is_last), (2, false));
    line(&database, &task, 3, "0 hours")?;
    assert_eq!((settled().await?.line, settled().await?.is_last), (4, true));
    // 5 was given to a transaction that failed long ago.
    line(&database, &task, 6, "1 hour")?;
    assert_eq!((settled().await?.line, settled().await?.is_last), (6, true));
    Ok(())
}

#[tokio::test]
async fn a_line_with_the_character_zero_is_kept_with_those_beside_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (run, task) = begun(&database).await?;
    let entry = |message: &str, fields| LogEntry {
        task: task.id,
        attempt: task.attempt,
        level: LogLevel::Info,
        message: message.to_owned(),
        fields,
    };
    let said = [entry("before", Value::Null), entry("a\0b", json!({ "cell": "c\0d", "path": "\\u0000" }))];
    database.store.log_tasks(&said).await?;
    let lines = database.store.run_log(run, 10).await?;
    assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["before", "a\u{fffd}b"]);
    let fields =
        database.store.texts("select fields ->> 'cell' from mg.task_log where fields is not null").await?;
    assert_eq!(fields, ["c\u{fffd}d"]);
    Ok(())
}

#[tokio::test]
async fn a_filter_lets_through_what_it_says() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (run, task) = begun(&database).await?;
    let entry = |level, message: &str, fields| LogEntry {
        task: task.id,
        attempt: task.attempt,
        level,
        message: message.to_owned(),
        fields,
    };
    let said = [
        entry(LogLevel::Debug, "d", Value::Null),
        entry(LogLevel::Info, "Été_100%", json!({ "commune": "Lagny" })),
        entry(LogLevel::Warn, "w", Value::Null),
        entry(LogLevel::Error, "e", Value::Null),
    ];
    database.store.log_tasks(&said).await?;
    let found = async |filter: LogFilter| {
        let lines = database.store.log_lines(&filter, LogPart::Back { before: None }, 10).await?;
        anyhow::Ok(lines.into_iter().map(|line| line.message).collect::<Vec<_>>().join(" "))
    };
    let of = |run| LogFilter { run: Some(run), ..LogFilter::default() };
    assert_eq!(found(of(run)).await?, "e w Été_100% d");
    assert_eq!(found(of(RunId(99))).await?, "");
    assert_eq!(found(LogFilter { level: Some(LogLevel::Warn), ..of(run) }).await?, "e w");
    assert_eq!(found(LogFilter { level: Some(LogLevel::Debug), ..of(run) }).await?, "e w Été_100% d");
    // Neither is a pattern.
    for text in ["été_100%", "LAGNY", "_", "%"] {
        assert_eq!(found(LogFilter { text: Some(text.to_owned()), ..of(run) }).await?, "Été_100%", "{text}");
    }
    let last = database.store.run_log(run, 2).await?;
    assert_eq!(last.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["w", "e"]);
    let part = LogPart::Onward { after: last[0].id - 1, up_to: last[0].id };
    let onward = database.store.log_lines(&of(run), part, 10).await?;
    assert_eq!(onward.len(), 1, "{onward:?}");
    let followed = database.store.followed_runs(&[run.0, 99], 0, last[1].id).await?;
    assert_eq!(followed.iter().map(|run| (run.has_news, run.ended)).collect::<Vec<_>>(), [(true, false)]);
    let followed = database.store.followed_runs(&[run.0], last[1].id, last[1].id).await?;
    assert!(!followed[0].has_news);
    Ok(())
}
