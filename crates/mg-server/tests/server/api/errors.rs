//! What a program is told that asks for what is not, or not in the right way.

use mg_core::Role;
use mg_testkit::TestPlatform;
use reqwest::Method;
use serde_json::json;

use super::{Program, problem};

#[tokio::test]
async fn what_does_not_fit_is_named() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let program = Program::of(&platform, Role::Editor).await?;
    for (path, status, code, detail) in [
        ("/runs?dagg=urbanisme", 400, "bad_arguments", "list_runs has no argument `dagg`."),
        (
            "/runs?limit=0",
            400,
            "bad_arguments",
            "`limit` of list_runs must be an integer from 1 to 200, not 0.",
        ),
        (
            "/runs?limit=many",
            400,
            "bad_arguments",
            "`limit` of list_runs must be an integer from 1 to 200, not \"many\".",
        ),
        ("/runs?limit=1&limit=2", 400, "bad_arguments", "list_runs is given `limit` twice."),
        (
            "/runs?state=running&state=done",
            400,
            "bad_arguments",
            "`state` of list_runs must be a list of which",
        ),
        ("/runs?since=yesterday", 400, "bad_instant", "`yesterday` is no instant."),
        ("/runs?cursor=0000", 400, "bad_cursor", "This cursor was not given to this token"),
        (
            "/runs/first",
            400,
            "bad_arguments",
            "`run_id` of get_run must be an integer of at least 1, not \"first\".",
        ),
        ("/runs/1?run_id=2", 400, "bad_arguments", "`run_id` of get_run is told by its path or a header."),
        ("/runs/99", 404, "unknown_run", "There is no run 99."),
        ("/runs/99/tasks", 404, "unknown_run", "There is no run 99."),
        ("/runs/99/logs", 404, "unknown_run", "There is no run 99."),
        ("/runs/99/logs?follow=true", 404, "unknown_run", "There is no run 99."),
        ("/runs/1/logs?level=loud", 400, "bad_arguments", "`level` of get_run_logs must be one of"),
        ("/tables/mg.token/lineage", 404, "unknown_table", "There is no table named `mg.token`."),
    ] {
        let (found, problem) = program.refused(path).await?;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)), "{path}: {problem}");
        let said = problem["detail"].as_str().unwrap_or_default();
        assert!(said.starts_with(detail), "{path}: {said}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_body_is_one_json_object_and_says_so() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let cancel = || program.request(Method::POST, "/runs/1/cancel");
    for (request, status, code) in [
        (cancel().json(&json!({ "why": "a test" })), 400, "bad_arguments"),
        (cancel().json(&json!({ "run_id": 2 })), 400, "bad_arguments"),
        (cancel().json(&json!([])), 400, "bad_arguments"),
        (cancel().header("Content-Type", "application/json").body("{"), 400, "bad_arguments"),
        (cancel().header("Content-Type", "text/plain").body("{}"), 415, "body_not_json"),
        (cancel().json(&json!({ "why": "x".repeat(2 << 20) })), 413, "body_too_large"),
        (cancel().query(&[("run_id", "1")]), 400, "bad_arguments"),
        (cancel(), 404, "unknown_run"),
        (program.request(Method::DELETE, "/runs/1"), 405, "method_not_allowed"),
    ] {
        let (found, problem) = problem(request.send().await?).await?;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)), "{problem}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_foreign_page_and_a_foreign_name_are_turned_away() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let ask = || program.request(Method::GET, "/runs");
    for (header, value, status, code) in [
        ("Host", "mg.example.org", 421, "host_not_allowed"),
        ("Origin", "http://example.org", 403, "origin_not_allowed"),
        ("Origin", "null", 403, "origin_not_allowed"),
    ] {
        let (found, problem) = problem(ask().header(header, value).send().await?).await?;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)), "{header}: {value}");
    }
    let answer = ask().header("Origin", "http://localhost:3000").send().await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["X-Content-Type-Options"], "nosniff");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_call_is_in_the_book() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    program.get("/runs?limit=3").await?;
    program.refused("/runs/7").await?;
    problem(program.request(Method::POST, "/runs/7/cancel").send().await?).await?;
    platform.app.calls.audit().close().await;
    let lines = platform.app.store.audit_tail(10, None).await?;
    let seen: Vec<_> = lines
        .iter()
        .map(|chained| &chained.line)
        .map(|line| (line.face.as_str(), line.tool.as_str(), line.outcome.as_str()))
        .collect();
    for line in
        [("rest", "list_runs", "ok"), ("rest", "get_run", "unknown_run"), ("rest", "cancel_run", "forbidden")]
    {
        assert!(seen.contains(&line), "{line:?} is not in {seen:?}");
    }
    platform.stop().await;
    Ok(())
}
