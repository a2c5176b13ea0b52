//! The protocol's own rules, as the bytes on the wire show them.

use mg_core::Role;
use mg_testkit::TestPlatform;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::wire::{CURRENT, Wire, json_of};

#[tokio::test]
async fn headers_that_contradict_the_body_are_refused() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let call = wire.message("tools/call", json!({ "name": "list_kpis", "arguments": {} }));
    for (version, method, name) in [
        (CURRENT, "tools/list", "list_kpis"),
        (CURRENT, "tools/call", "run_sql"),
        (CURRENT, "TOOLS/CALL", "list_kpis"),
        ("2025-11-25", "tools/call", "list_kpis"),
    ] {
        let request = wire.post(&call).header("MCP-Protocol-Version", version);
        let answer = request.header("Mcp-Method", method).header("Mcp-Name", name).send().await?;
        assert_eq!(answer.status(), 400, "{version} {method} {name}");
        assert_eq!(json_of(answer).await?["error"]["code"], -32020, "{version} {method} {name}");
    }
    let bare = wire.post(&call).header("MCP-Protocol-Version", CURRENT).send().await?;
    assert_eq!(bare.status(), 400, "the headers are due");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_told_by_its_own_code() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    for method in ["tools/steal", "ping", "resources/subscribe", "logging/setLevel"] {
        let answer = wire.send(method, json!({ "uri": "mg://stats", "level": "info" })).await?;
        assert_eq!(answer.status(), 404, "{method}");
        assert_eq!(json_of(answer).await?["error"]["code"], -32601, "{method}");
    }
    let unknown = wire.refused("tools/call", json!({ "name": "drop_table", "arguments": {} })).await?;
    assert_eq!(unknown["code"], -32602);
    let error = wire.refused("tasks/get", json!({ "taskId": "0" })).await?;
    assert_eq!(error["code"], -32021, "tasks are for clients that say that they know them");

    let mut message = wire.message("tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2031-01-01".into();
    let request = wire.post(&message).header("MCP-Protocol-Version", "2031-01-01");
    let answer = request.header("Mcp-Method", "tools/list").send().await?;
    assert_eq!(answer.status(), 400);
    assert_eq!(json_of(answer).await?["error"]["code"], -32022);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn each_era_is_told_what_it_can_use() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let discovered = wire.ask("server/discover", json!({})).await?;
    let capabilities = &discovered["capabilities"];
    assert_eq!(capabilities["resources"]["subscribe"], true, "{discovered}");
    assert!(capabilities["extensions"][crate::wire::TASKS].is_object(), "{discovered}");
    for offered in ["tools", "resources", "prompts", "completions"] {
        assert!(capabilities[offered].is_object(), "{offered}: {discovered}");
    }
    assert_eq!(discovered["cacheScope"], "public");
    assert!(discovered["ttlMs"].as_u64().is_some_and(|ttl| ttl > 0), "{discovered}");

    let client = json!({ "name": "a test", "version": "1" });
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    let greeting = wire.ask_previous("initialize", hello).await?["result"].clone();
    assert!(greeting["capabilities"]["resources"].is_object(), "{greeting}");
    assert_eq!(greeting["capabilities"]["resources"]["subscribe"], Value::Null, "{greeting}");
    assert_eq!(greeting["capabilities"]["extensions"], Value::Null, "{greeting}");
    assert_eq!(wire.ask_previous("ping", json!({})).await?["result"], json!({}));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_list_says_who_may_keep_it_and_is_the_same_each_time() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    for (method, items, scope) in [
        ("tools/list", "tools", "private"),
        ("resources/list", "resources", "private"),
        ("resources/templates/list", "resourceTemplates", "public"),
        ("prompts/list", "prompts", "public"),
    ] {
        let listed = wire.ask(method, json!({})).await?;
        assert_eq!(listed["cacheScope"], scope, "{method}");
        assert!(listed["ttlMs"].as_u64().is_some_and(|ttl| ttl > 0), "{method}: {listed}");
        assert!(!listed[items].as_array().is_none_or(Vec::is_empty), "{method}: {listed}");
        assert_eq!(wire.ask(method, json!({})).await?[items], listed[items], "{method}");
        let previous = wire.ask_previous(method, json!({})).await?;
        assert_eq!(previous["result"][items], listed[items], "{method} in the previous era");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn progress_comes_to_those_who_ask_for_it_and_json_to_the_others() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let run = platform.run_dag("urbanisme").await?.run_id;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let calls = [
        ("run_sql", json!({ "sql": "select count(*) from fact_permis" })),
        ("get_run", json!({ "run_id": run, "wait_seconds": 20 })),
    ];
    for (tool, arguments) in calls {
        let quiet = wire.send("tools/call", json!({ "name": tool, "arguments": arguments })).await?;
        assert_eq!(quiet.headers()[CONTENT_TYPE], "application/json", "{tool}");

        let meta = json!({ "progressToken": "mine" });
        let call = json!({ "name": tool, "arguments": arguments, "_meta": meta });
        let mut stream = wire.stream("tools/call", call).await?;
        let mut told = Vec::new();
        let result = loop {
            let message = stream.message().await?;
            if message["method"] != "notifications/progress" {
                break message["result"].clone();
            }
            assert_eq!(message["params"]["progressToken"], "mine");
            told.push(message["params"].clone());
        };
        assert_eq!(result["isError"], false, "{tool}: {result}");
        let figures: Vec<f64> = told.iter().filter_map(|note| note["progress"].as_f64()).collect();
        assert_eq!(figures.first(), Some(&0.0), "{tool}: {told:?}");
        assert!(figures.is_sorted_by(|a, b| a < b), "{tool}: {told:?}");
        if tool == "get_run" {
            let last = told.last().cloned().unwrap_or_default();
            assert!(last["total"].as_f64().is_some_and(|total| total > 1.0), "{told:?}");
            assert_eq!(last["progress"], last["total"], "{told:?}");
        }
        assert_eq!(stream.next().await?, None, "{tool}: nothing follows the answer");
    }
    platform.stop().await;
    Ok(())
}
