//! Launches that are asked for twice, and runs that are ended before their time.

use std::time::Duration;

use anyhow::Context;
use mg_core::Role;
use mg_portal::{Trouble, TroubleKind};
use mg_testkit::{Agent, Era, TestPlatform};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

/// A crawl whose file comes only after minutes, launched and being executed.
async fn endless(platform: &TestPlatform, agent: &Agent) -> anyhow::Result<(Value, i64)> {
    let url = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    let kind = TroubleKind::Slow { delay_ms: 600_000 };
    platform.portal.trouble().play(Trouble { path_contains: "/2025/".to_owned(), kind, times: 10 });
    let arguments = json!({ "spider": "dvf", "url": url });
    let launched = agent.call("launch_scraper", arguments.clone()).await?;
    assert_eq!(launched.structured["already_running"], false, "{}", launched.text);
    let run = launched.structured["run_id"].as_i64().context("a run id")?;
    let begun = async {
        loop {
            let report = agent.call("get_run", json!({ "run_id": run })).await?;
            if report.structured["tasks"][0]["state"] == "running" {
                return anyhow::Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), begun).await.context("no worker took it up")??;
    Ok((arguments, run))
}

#[tokio::test]
async fn a_launch_that_is_retried_gets_the_run_that_there_is() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let (arguments, run) = endless(&platform, &agent).await?;
    let again = agent.call("launch_scraper", arguments.clone()).await?;
    let expected = json!({ "run_id": run, "state": "running", "already_running": true });
    assert_eq!(again.structured, expected);
    assert!(again.text.contains(&format!("it is run {run}, running")), "{}", again.text);
    let other = agent.call("launch_scraper", json!({ "spider": "sitadel" })).await?;
    assert_eq!(other.structured["already_running"], false, "another launch is another run");

    agent.call("cancel_run", json!({ "run_id": run })).await?;
    let anew = agent.call("launch_scraper", arguments).await?;
    assert_eq!(anew.structured["already_running"], false, "what has ended stands in nobody's way");
    for launched in [other, anew] {
        agent.call("cancel_run", json!({ "run_id": launched.structured["run_id"] })).await?;
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_cancelled_crawl_ends_at_once_stops_its_job_and_loads_nothing() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Previous).await?;
    let (_, run) = endless(&platform, &agent).await?;
    let cancelled = agent.call("cancel_run", json!({ "run_id": run })).await?;
    assert_eq!(
        (&cancelled.structured["state"], &cancelled.structured["changed"]),
        (&json!("cancelled"), &json!(true))
    );
    assert_eq!(cancelled.structured["cancelled_tasks"].as_array().map(Vec::len), Some(3));
    let by = cancelled.structured["cancelled_by"].as_str().context("who")?;
    assert!(by.starts_with("editor"), "{by}");

    let report = agent.call("get_run", json!({ "run_id": run })).await?;
    assert_eq!(
        (&report.structured["state"], &report.structured["finished"]),
        (&json!("cancelled"), &json!(true))
    );
    assert_eq!(report.structured["cancelled_by"], by);
    assert!(report.text.contains(&format!("cancelled by {by}")), "{}", report.text);
    let again = agent.call("cancel_run", json!({ "run_id": run })).await?;
    assert_eq!(again.structured["changed"], false, "{}", again.text);
    assert!(!again.is_error && again.text.contains("Nothing was changed"), "{}", again.text);

    assert_eq!(platform.column("select count(*) from analytics.fact_mutation").await?, ["0"]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_viewer_may_not_cancel() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let editor = platform.agent(Role::Editor, Era::Current).await?;
    // In the current era the door itself says 403 before the tool is reached.
    let viewer = platform.agent(Role::Viewer, Era::Previous).await?;
    let (_, run) = endless(&platform, &editor).await?;
    let refused = viewer.call("cancel_run", json!({ "run_id": run })).await?;
    assert!(refused.is_error && refused.text.ends_with("[forbidden]"), "{}", refused.text);
    let report = viewer.call("get_run", json!({ "run_id": run })).await?;
    assert_eq!(report.structured["state"], "running");
    editor.call("cancel_run", json!({ "run_id": run })).await?;
    platform.stop().await;
    Ok(())
}
