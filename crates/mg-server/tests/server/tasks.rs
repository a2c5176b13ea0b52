//! Tasks: a launched run as a client follows it that knows the extension.

use mg_core::Role;
use mg_testkit::TestPlatform;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep, timeout};

use crate::wire::{Wire, clock, options, serve};

async fn launch(platform: &TestPlatform, wire: &Wire) -> anyhow::Result<Value> {
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    let call = json!({ "name": "launch_scraper", "arguments": { "spider": "dvf", "url": sales } });
    wire.ask("tools/call", call).await
}

/// Asks until the task has ended.
async fn ended(wire: &Wire, id: &str) -> anyhow::Result<Value> {
    let asking = async {
        loop {
            let task = wire.ask("tasks/get", json!({ "taskId": id })).await?;
            if task["status"] != "working" {
                return anyhow::Ok(task);
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(180), asking).await?
}

#[tokio::test]
async fn a_launch_is_a_task_for_those_who_know_tasks_and_a_run_for_the_others() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let plain = Wire::of(&platform, Role::Editor).await?;
    let answer = launch(&platform, &plain).await?;
    assert_eq!(answer["resultType"], "complete", "{answer}");
    assert!(answer["structuredContent"]["run_id"].is_i64(), "{answer}");
    let first = mg_core::RunId(answer["structuredContent"]["run_id"].as_i64().unwrap_or_default());
    platform.finished(first).await?;

    let wire = plain.with_tasks();
    let task = launch(&platform, &wire).await?;
    assert_eq!(task["resultType"], "task", "{task}");
    assert_eq!(task["status"], "working", "{task}");
    assert!(task["ttlMs"].is_u64() && task["pollIntervalMs"].is_u64(), "{task}");
    let id = task["taskId"].as_str().unwrap_or_default();
    assert_eq!(id.len(), 64, "256 bits");
    let done = ended(&wire, id).await?;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["resultType"], "complete", "{done}");
    let result = &done["result"];
    assert_eq!(result["isError"], false, "{done}");
    assert_eq!(result["structuredContent"]["state"], "succeeded", "{done}");
    let text = result["content"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("succeeded"), "{text}");
    assert!(wire.ask("tasks/update", json!({ "taskId": id, "inputResponses": {} })).await?.is_object());
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_failed_run_completes_its_task_with_an_error_that_can_be_read() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Editor).await?.with_tasks();
    let missing = format!("{}/geo-dvf/latest/csv/2025/communes/77/99999.csv", platform.portal.url());
    let call = json!({ "name": "launch_scraper", "arguments": { "spider": "dvf", "url": missing } });
    let task = wire.ask("tools/call", call).await?;
    let done = ended(&wire, task["taskId"].as_str().unwrap_or_default()).await?;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["result"]["isError"], true, "{done}");
    assert_eq!(done["result"]["structuredContent"]["state"], "failed", "{done}");
    // What is refused at once needs no task.
    let call = json!({ "name": "launch_scraper", "arguments": { "spider": "nothing" } });
    let refused = wire.ask("tools/call", call).await?;
    assert_eq!(
        (&refused["resultType"], &refused["isError"]),
        (&json!("complete"), &json!(true)),
        "{refused}"
    );
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_task_is_its_principals_alone_and_outlives_a_restart() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let ada = Wire::of(&platform, Role::Editor).await?.with_tasks();
    let eve = Wire::of(&platform, Role::Editor).await?.with_tasks();
    let task = launch(&platform, &ada).await?;
    let id = task["taskId"].as_str().unwrap_or_default().to_owned();
    let never = "0".repeat(64);
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let request = |id: &str| json!({ "taskId": id, "inputResponses": {} });
        let foreign = eve.refused(method, request(&id)).await?;
        let unknown = eve.refused(method, request(&never)).await?;
        assert_eq!(foreign, unknown, "{method}");
        assert_eq!(foreign["code"], -32602, "{method}");
    }
    let router = mg_server::router(platform.app.clone(), clock(), &options());
    let restarted = ada.moved_to(&serve(router).await?);
    let done = ended(&restarted, &id).await?;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["taskId"], id);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn cancelling_a_task_ends_its_run() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Editor).await?.with_tasks();
    let call = json!({ "name": "launch_scraper", "arguments": { "spider": "dvf" } });
    let task = wire.ask("tools/call", call).await?;
    let id = task["taskId"].as_str().unwrap_or_default();
    wire.ask("tasks/cancel", json!({ "taskId": id })).await?;
    let ended = wire.ask("tasks/get", json!({ "taskId": id })).await?;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    // Once more does no harm.
    wire.ask("tasks/cancel", json!({ "taskId": id })).await?;
    let run = platform.app.store.recent_runs(1).await?;
    let run = platform.finished(mg_core::RunId(run[0])).await?;
    assert_eq!(run.state, "cancelled");
    platform.stop().await;
    Ok(())
}
