//! The jobs of `menage`, executed as every other.

use anyhow::{Context, ensure};
use chrono::DateTime;
use mg_server::app::{RunReport, TaskReport};
use mg_store::audit::AuditLine;
use mg_store::run::{NewRun, NewTask};
use mg_store::upkeep::Retention;
use mg_testkit::TestPlatform;
use serde_json::json;

#[tokio::test]
async fn old_books_are_pruned_and_counted() -> anyhow::Result<()> {
    let mut platform = TestPlatform::start().await?;
    platform.app.retention = Retention { reject_days: Some(10), ..Retention::default() };
    // The worker begins anew, with the app as it is now.
    let portal = platform.portal.url();
    platform.point_spider("dvf", &portal).await?;
    platform.database.execute(
        "mg_owner",
        "insert into mg.reject (spider, source, line, reason, content, rejected_at)
         select 'dvf', 'a file', age, 'why', '', now() - make_interval(days => age) from unnest(array[1, 11, 12]) age",
    )?;
    let report = run(&platform, "prune_books").await?;
    let output = only_task(&report)?.output.clone().context("its output")?;
    ensure!(output["lines"]["reject"] == 2 && output["lines"]["run"] == 0, "{output}");
    let report = run(&platform, "vacuum_advice").await?;
    ensure!(only_task(&report)?.output == Some(json!({ "advice": [] })), "{report:?}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_record_of_calls_that_was_touched_fails_its_task() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.app.store.append_audit(&[line(1), line(2)]).await?;
    let whole = run(&platform, "verify_audit").await?;
    let output = only_task(&whole)?.output.clone().context("its output")?;
    ensure!(whole.state == "succeeded" && output["lines"] == 2, "{whole:?}");
    ensure!(
        output["head"].as_str().is_some_and(|head| head.starts_with("2:") && head.len() == 66),
        "{output}"
    );
    platform.database.execute(
        "mg_owner",
        "alter table mg.audit disable trigger user;
         update mg.audit set principal = 'nobody' where seq = 1;
         alter table mg.audit enable trigger user;",
    )?;
    let broken = run(&platform, "verify_audit").await?;
    let task = only_task(&broken)?;
    ensure!(broken.state == "failed" && task.error_code.as_deref() == Some("audit_broken"), "{broken:?}");
    ensure!(task.error.as_deref().is_some_and(|error| error.contains("line 1")), "{task:?}");
    platform.stop().await;
    Ok(())
}

async fn run(platform: &TestPlatform, job: &str) -> anyhow::Result<RunReport> {
    let task = NewTask::new(job, job, json!({}));
    let run = platform.app.store.create_run(&NewRun::new("menage", "a test", "cli", vec![task])).await?;
    platform.finished(run).await
}

fn only_task(report: &RunReport) -> anyhow::Result<&TaskReport> {
    report.tasks.first().context("the run has no task")
}

fn line(number: i64) -> AuditLine {
    AuditLine {
        at: DateTime::from_timestamp_nanos(1_790_000_000_000_000_000 + number),
        principal: "claude".to_owned(),
        token: None,
        role: "viewer".to_owned(),
        scope: "all".to_owned(),
        face: "mcp".to_owned(),
        tool: "run_sql".to_owned(),
        fingerprint: None,
        request: None,
        rows: Some(number),
        bytes: None,
        duration_us: 1,
        outcome: "ok".to_owned(),
    }
}
